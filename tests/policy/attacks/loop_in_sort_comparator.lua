-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
table.sort({ 3, 2, 1 }, function() while true do end end)
return true
end }
