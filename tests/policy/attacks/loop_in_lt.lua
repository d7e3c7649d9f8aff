-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local m = { __lt = function() while true do end end } local x = setmetatable({}, m) < setmetatable({}, m)
return true
end }
