-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local s = ('1'):rep(1000000) while true do local x = s + 0 end
return true
end }
