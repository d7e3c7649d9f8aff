-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
for i = math.mininteger, math.maxinteger do end
return true
end }
