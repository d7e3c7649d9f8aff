-- expect: policy_failed
-- message: cannot be changed
return { authorize = function(request, event)
request.value.length = 9
return true
end }
