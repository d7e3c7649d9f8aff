-- expect: policy_failed
return { authorize = function(request, event)
local m = {} m.__tostring = function(t) return string.format('%s', t) end local t = setmetatable({}, m) tostring(t)
return true
end }
