-- expect: policy_failed
return { authorize = function(request, event)
local m = {} m.__pairs = function(t) return pairs(t) end pairs(setmetatable({}, m))
return true
end }
