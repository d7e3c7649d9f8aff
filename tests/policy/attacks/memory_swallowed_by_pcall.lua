-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local t = {} while true do pcall(function() t[#t + 1] = ('x'):rep(100000) end) end
return true
end }
