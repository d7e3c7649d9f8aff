-- expect: policy_failed
return { authorize = function(request, event)
local t = {} for i = 1, 1000000 do t[i] = function() return i end end
return true
end }
