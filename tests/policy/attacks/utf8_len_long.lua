-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local s = ('a'):rep(1000000) while true do utf8.len(s) utf8.offset(s, -1000000) end
return true
end }
