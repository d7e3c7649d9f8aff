-- expect: policy_failed
return { authorize = function(request, event)
error(('x'):rep(1000000))
return true
end }
