-- expect: policy_failed
return { authorize = function(request, event)
local t = {} for i = 1, 100 do t[i] = i end local x = { table.unpack(t, 1, 1 << 30) }
return true
end }
