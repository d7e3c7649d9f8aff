-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local t = {} for i = 1, 2000 do t[i] = ('a'):rep(3000) .. i end for i = 1, 1000 do table.sort(t) end
return true
end }
