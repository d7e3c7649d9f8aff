-- expect: policy_failed
-- message: at most
return { enrich = function(request, event)
local t = {} for i = 1, 4000 do t['k' .. i] = i end return t
end }
