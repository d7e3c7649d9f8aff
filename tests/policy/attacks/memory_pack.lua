-- expect: policy_failed
-- message: memory
return { authorize = function(request, event)
local x = string.pack('c1073741824', '')
return true
end }
