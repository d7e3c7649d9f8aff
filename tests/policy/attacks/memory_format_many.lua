-- expect: policy_failed
-- message: the policy
return { authorize = function(request, event)
local s = ('%s'):rep(1000) local a = {} for i = 1, 1000 do a[i] = ('x'):rep(20000) end local x = s:format(table.unpack(a))
return true
end }
