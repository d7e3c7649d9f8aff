-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local t = {} for i = 1, 10000 do t[i] = i end local function f(...) return f(...) end f(table.unpack(t))
return true
end }
