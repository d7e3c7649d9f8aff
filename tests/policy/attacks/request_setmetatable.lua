-- expect: policy_failed
-- message: protected
return { authorize = function(request, event)
setmetatable(request, nil)
return true
end }
