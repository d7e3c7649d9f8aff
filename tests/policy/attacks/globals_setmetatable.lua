-- expect: policy_failed
-- message: protected
return { authorize = function(request, event)
setmetatable(_G, {})
return true
end }
