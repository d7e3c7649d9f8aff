-- expect: policy_failed
-- message: budget
return { normalize = function(request, event)
while true do end
return true
end }
