-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local t = setmetatable({}, { __index = function() while true do end end }) local x = t.a
return true
end }
