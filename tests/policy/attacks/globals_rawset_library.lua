-- expect: policy_failed
-- message: cannot be changed
return { authorize = function(request, event)
rawset(string, 'rep', 1)
return true
end }
