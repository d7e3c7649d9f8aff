-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local s = ('?'):rep(100) s:find(('(?*)'):rep(5) .. 'x')
return true
end }
