-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local x = setmetatable({}, { __concat = function() while true do end end }) .. 'a'
return true
end }
