-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local x = ('a'):rep(400):match('a*a*a*a*b')
return true
end }
