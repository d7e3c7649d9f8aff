-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local f = ('c0'):rep(30000) while true do string.unpack(f, '') end
return true
end }
