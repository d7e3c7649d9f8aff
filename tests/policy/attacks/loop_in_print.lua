-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
print(setmetatable({}, { __tostring = function() while true do end end }))
return true
end }
