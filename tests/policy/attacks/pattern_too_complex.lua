-- expect: policy_failed
return { authorize = function(request, event)
local x = ('a'):rep(200001):find(('(a)'):rep(33))
return true
end }
