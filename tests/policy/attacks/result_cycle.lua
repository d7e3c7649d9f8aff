-- expect: policy_failed
-- message: nesting
return { normalize = function(request, event)
local t = {} t.t = t return t
end }
