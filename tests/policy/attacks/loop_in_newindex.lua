-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local t = setmetatable({}, { __newindex = function() while true do end end }) t.a = 1
return true
end }
