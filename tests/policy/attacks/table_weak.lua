-- expect: policy_failed
-- message: __mode
return { authorize = function(request, event)
setmetatable({}, { __mode = 'k' })
return true
end }
