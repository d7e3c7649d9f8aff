-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local s = ('a'):rep(1000000) while true do s:upper() s:lower() s:reverse() end
return true
end }
