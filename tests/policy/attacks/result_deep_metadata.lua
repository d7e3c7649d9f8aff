-- expect: policy_failed
-- message: nesting
return { normalize = function(request, event)
local t = {} for i = 1, 100 do t = { t = t } end return t
end }
