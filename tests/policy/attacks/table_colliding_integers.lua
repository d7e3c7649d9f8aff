-- expect: policy_failed
-- message: memory
return { authorize = function(request, event)
local t = {} for i = 1, 70000 do t[i * 131071] = true end
return true
end }
