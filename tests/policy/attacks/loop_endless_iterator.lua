-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
for _ in pairs(setmetatable({}, { __pairs = function() return function() return 1 end end })) do end
return true
end }
