-- expect: policy_failed
return { authorize = function(request, event)
local t = {} while true do t[#t + 1] = {} end
return true
end }
