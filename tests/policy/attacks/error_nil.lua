-- expect: policy_failed
return { authorize = function(request, event)
error(nil)
return true
end }
