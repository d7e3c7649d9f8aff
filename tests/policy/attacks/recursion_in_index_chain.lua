-- expect: policy_failed
return { authorize = function(request, event)
local t = {} for i = 1, 3000 do t = setmetatable({}, { __index = t }) end local x = t.missing
return true
end }
