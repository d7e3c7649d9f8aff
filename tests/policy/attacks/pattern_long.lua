-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local s = ('a'):rep(20000) s:find(('a'):rep(15000) .. '[b]') s:find(('a'):rep(19000) .. '[b]')
return true
end }
