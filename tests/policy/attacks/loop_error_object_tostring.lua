-- expect: policy_failed
-- message: table
return { authorize = function(request, event)
error(setmetatable({}, { __tostring = function() while true do end end }))
return true
end }
