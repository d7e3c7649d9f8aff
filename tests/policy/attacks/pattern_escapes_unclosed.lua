-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local s = ('('):rep(60000) for i = 1, 100 do pcall(string.find, s, '%b()') end
return true
end }
