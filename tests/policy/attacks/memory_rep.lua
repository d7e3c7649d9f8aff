-- expect: policy_failed
-- message: memory
return { authorize = function(request, event)
local x = string.rep('x', 1 << 30)
return true
end }
