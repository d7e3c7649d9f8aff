-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local s = ('a'):rep(30000) while true do s:gsub('.', string.upper) end
return true
end }
