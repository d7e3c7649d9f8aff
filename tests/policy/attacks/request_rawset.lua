-- expect: policy_failed
-- message: cannot be changed
return { authorize = function(request, event)
rawset(request, 'name', 'OTHER')
return true
end }
