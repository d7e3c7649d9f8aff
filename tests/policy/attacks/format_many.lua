-- expect: policy_failed
-- message: at most
return { authorize = function(request, event)
local t = {} for i = 1, 30000 do t[i] = 1e-308 end ('%.3g'):rep(30000):format(table.unpack(t))
return true
end }
