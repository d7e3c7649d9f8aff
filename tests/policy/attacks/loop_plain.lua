-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
while true do end
return true
end }
