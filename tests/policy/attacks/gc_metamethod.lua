-- expect: policy_failed
-- message: __gc
return { authorize = function(request, event)
setmetatable({}, { __gc = function() end })
return true
end }
