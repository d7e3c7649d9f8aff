-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local a = ('a'):rep(1000000) local b = a .. 'x' while a < b do end
return true
end }
