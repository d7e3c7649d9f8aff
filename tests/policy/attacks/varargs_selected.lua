-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local t = {} for i = 1, 30000 do t[i] = i end while true do select(2, table.unpack(t)) end
return true
end }
