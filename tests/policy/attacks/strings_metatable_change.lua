-- expect: policy_failed
return { authorize = function(request, event)
setmetatable(getmetatable('').__index, {})
return true
end }
