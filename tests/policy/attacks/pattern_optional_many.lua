-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local x = ('a'):rep(64):find(('a?'):rep(64) .. ('a'):rep(65))
return true
end }
