-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local a, b = ('\0'):rep(1 << 19), ('\0'):rep(1 << 19) .. 'x' while a < b do end
return true
end }
