-- expect: policy_failed
-- message: __close
return { authorize = function(request, event)
local x <close> = setmetatable({}, { __close = function() while true do end end })
return true
end }
