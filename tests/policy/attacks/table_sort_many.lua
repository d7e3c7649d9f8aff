-- expect: policy_failed
return { authorize = function(request, event)
local t = {} for i = 1, 150000 do t[i] = -i end table.sort(t)
return true
end }
