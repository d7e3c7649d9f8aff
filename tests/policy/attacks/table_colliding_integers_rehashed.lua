-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local base = (1 << 12) - 1
while true do local t = {} for i = 1, 2048 do t[i * base] = true end end
return true
end }
