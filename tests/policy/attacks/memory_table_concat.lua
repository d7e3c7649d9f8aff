-- expect: policy_failed
-- message: the policy
return { authorize = function(request, event)
local t = {} for i = 1, 300 do t[i] = ('x'):rep(60000) end local x = table.concat(t)
return true
end }
