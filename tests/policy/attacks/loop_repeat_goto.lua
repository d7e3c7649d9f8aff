-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
::again:: goto again
return true
end }
