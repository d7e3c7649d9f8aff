-- expect: policy_failed
return { authorize = function(request, event)
table.insert(request.metadata.tags, 9)
return true
end }
