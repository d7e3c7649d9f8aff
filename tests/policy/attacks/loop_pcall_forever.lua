-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
while true do pcall(error) end
return true
end }
