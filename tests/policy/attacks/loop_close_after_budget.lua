-- expect: policy_failed
-- message: non-closable
return { authorize = function(request, event)
local m = {} local t = setmetatable({}, m) m.__close = function() end local x <close> = t while true do end
return true
end }
