-- expect: policy_failed
-- message: cannot be changed
return { authorize = function(request, event)
pairs = nil
return true
end }
