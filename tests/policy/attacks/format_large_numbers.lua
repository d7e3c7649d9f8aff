-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local f, t = ('%.99f'):rep(200), {} for i = 1, 200 do t[i] = 1e308 end while true do f:format(table.unpack(t)) end
return true
end }
