-- expect: policy_failed
-- message: cannot be changed
return { authorize = function(request, event)
request.metadata.owner = 'other'
return true
end }
