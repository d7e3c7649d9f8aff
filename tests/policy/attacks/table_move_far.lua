-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
table.move({}, 1, 1 << 60, 2)
return true
end }
