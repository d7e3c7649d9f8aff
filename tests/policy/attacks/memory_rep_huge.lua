-- expect: policy_failed
return { authorize = function(request, event)
local x = ('x'):rep(math.maxinteger)
return true
end }
