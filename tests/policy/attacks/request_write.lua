-- expect: policy_failed
-- message: cannot be changed
return { authorize = function(request, event)
request.name = 'OTHER'
return true
end }
