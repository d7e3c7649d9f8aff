-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local a, t = ('a'):rep(5000), {} local m = { __lt = function(x, y) return a:find(a:rep(2) .. '[b]') ~= nil end } for i = 1, 1000 do t[i] = setmetatable({}, m) end table.sort(t)
return true
end }
