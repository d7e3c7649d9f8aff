-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local x = ('a'):rep(5000):gsub('.-.-.-b', '')
return true
end }
