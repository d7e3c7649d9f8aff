-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
pcall(function() while true do end end) pcall(function() while true do end end)
return true
end }
