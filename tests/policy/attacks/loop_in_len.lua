-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local x = #setmetatable({}, { __len = function() while true do end end })
return true
end }
