-- expect: policy_invalid
-- message: budget
while true do end
return {}
