-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local x = ('a'):rep(2000):find('(a*)%1%1%1b')
return true
end }
