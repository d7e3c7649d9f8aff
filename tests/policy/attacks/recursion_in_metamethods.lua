-- expect: policy_failed
return { authorize = function(request, event)
local m = {} m.__add = function(a, b) return a + b end local t = setmetatable({}, m) local x = t + t
return true
end }
