-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
for _ in pairs(setmetatable({}, { __pairs = function() while true do end end })) do end
return true
end }
