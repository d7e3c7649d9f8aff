-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local t = {} for i = 1, 60000 do t[i] = '' end while true do table.concat(t) end
return true
end }
