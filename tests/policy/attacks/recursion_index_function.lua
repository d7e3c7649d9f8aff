-- expect: policy_failed
return { authorize = function(request, event)
local t = {} setmetatable(t, { __index = function(s, k) return s[k .. 'x'] end }) local x = t.a
return true
end }
