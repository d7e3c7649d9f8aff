-- expect: policy_failed
return { authorize = function(request, event)
local x = string.format('%99999999d', 1)
return true
end }
