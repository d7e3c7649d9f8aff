-- expect: policy_failed
-- message: order
return { authorize = function(request, event)
local t = {} for i = 1, 100 do t[i] = i % 7 end table.sort(t, function() return true end)
return true
end }
