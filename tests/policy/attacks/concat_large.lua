-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local a = ('a'):rep(500000) while true do local b = a .. 'x' end
return true
end }
