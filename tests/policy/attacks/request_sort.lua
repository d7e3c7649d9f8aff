-- expect: policy_failed
return { authorize = function(request, event)
table.sort(request.metadata.tags)
return true
end }
