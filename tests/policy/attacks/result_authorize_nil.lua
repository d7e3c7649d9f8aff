-- expect: policy_failed
-- message: expected true or false
return { authorize = function(request, event)
do return nil end
return true
end }
