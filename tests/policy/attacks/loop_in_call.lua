-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local t = setmetatable({}, { __call = function() while true do end end }) t()
return true
end }
