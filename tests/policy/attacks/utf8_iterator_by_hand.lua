-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local f, s = utf8.codes('a' .. ('\x80'):rep(1000000)) while true do pcall(f, s, 1) end
return true
end }
