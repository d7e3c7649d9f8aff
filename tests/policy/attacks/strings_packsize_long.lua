-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local f = ('i4'):rep(400000) while true do string.packsize(f) end
return true
end }
