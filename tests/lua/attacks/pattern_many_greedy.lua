-- expect: policy_failed
-- message: steps
return { authorize = function(request, event)
local x = ('a'):rep(400):match('a*a*a*a*b')
return true
end }
