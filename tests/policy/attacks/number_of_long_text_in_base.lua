-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local s = ('1'):rep(1000000) while true do tonumber(s, 7) end
return true
end }
