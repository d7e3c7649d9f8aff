-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
for _ in ipairs(setmetatable({}, { __index = function() return 1 end })) do end
return true
end }
