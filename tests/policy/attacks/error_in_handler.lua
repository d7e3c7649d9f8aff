-- expect: policy_failed
-- message: after
return { authorize = function(request, event)
xpcall(error, function() error('again') end) error('after')
return true
end }
