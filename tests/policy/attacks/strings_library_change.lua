-- expect: policy_failed
-- message: cannot be changed
return { authorize = function(request, event)
string.rep = nil
return true
end }
