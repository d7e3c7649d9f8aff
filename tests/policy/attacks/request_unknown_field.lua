-- expect: policy_failed
-- message: no field
return { authorize = function(request, event)
local x = request.plaintext
return true
end }
