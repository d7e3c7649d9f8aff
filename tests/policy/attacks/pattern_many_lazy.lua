-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local x = ('a'):rep(3000):find(('.-'):rep(12) .. 'b')
return true
end }
