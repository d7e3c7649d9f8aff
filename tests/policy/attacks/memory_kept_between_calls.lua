-- expect: policy_failed
local kept = {}
return { authorize = function() for i = 1, 100000 do kept[#kept + 1] = { i } end return true end }
