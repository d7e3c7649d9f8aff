-- expect: policy_failed
-- message: expected true or false
return { authorize = function(request, event)
do return 1 end
return true
end }
