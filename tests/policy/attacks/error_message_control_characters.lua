-- expect: policy_failed
-- message: a b
return { authorize = function(request, event)
error('a\nb\0c')
return true
end }
