-- expect: policy_failed
return { authorize = function(request, event)
local m = {} m.__tostring = function(t) print(t) return '' end print(setmetatable({}, m))
return true
end }
