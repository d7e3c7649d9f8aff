-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local a = {} setmetatable(a, { __index = a }) while true do pcall(function() return a.x end) end
return true
end }
