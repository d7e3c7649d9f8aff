-- expect: policy_failed
-- message: expected a Lua function
return { authorize = function(request, event)
local t, a = {}, ('a'):rep(3000) for i = 1, 2000 do t[i] = a end table.sort(t, string.find)
return true
end }
