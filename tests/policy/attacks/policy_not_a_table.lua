-- expect: policy_invalid
-- message: table
return 7
