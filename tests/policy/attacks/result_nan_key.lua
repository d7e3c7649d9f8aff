-- expect: policy_failed
return { normalize = function(request, event)
local t = {} t[0 / 0] = 1 return t
end }
