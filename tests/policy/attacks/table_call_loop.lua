-- expect: policy_failed
-- message: C stack overflow
return { authorize = function(request, event)
local t = {} setmetatable(t, { __call = t }) t()
return true
end }
