-- expect: policy_failed
-- message: memory
return { authorize = function(request, event)
local x = 'x' while true do x = x .. x end
return true
end }
