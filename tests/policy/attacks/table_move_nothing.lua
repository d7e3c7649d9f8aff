-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
for i = 1, 1000 do table.move({}, 1, 900000, 2) end
return true
end }
