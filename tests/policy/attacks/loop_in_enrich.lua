-- expect: policy_failed
-- message: budget
return { enrich = function(request, event)
while true do end
return true
end }
