-- expect: policy_failed
return { authorize = function(request, event)
local x = ('x').rep('x', 1 << 40)
return true
end }
