-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local a = {} setmetatable(a, { __newindex = a }) while true do pcall(function() a.x = 1 end) end
return true
end }
