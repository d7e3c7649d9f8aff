-- expect: policy_failed
-- message: cannot be changed
return { authorize = function(request, event)
request.metadata.tags[1] = 9
return true
end }
