-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
xpcall(error, function() while true do end end)
return true
end }
