-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local x = ('('):rep(60000):find('%b()%b()x')
return true
end }
