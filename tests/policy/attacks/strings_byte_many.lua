-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local s = ('a'):rep(60000) while true do s:byte(1, 30000) end
return true
end }
