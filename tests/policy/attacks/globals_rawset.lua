-- expect: policy_failed
-- message: cannot be changed
return { authorize = function(request, event)
rawset(_G, 'leaked', 1)
return true
end }
