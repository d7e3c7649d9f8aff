-- expect: policy_failed
-- message: table
return { authorize = function(request, event)
error({})
return true
end }
