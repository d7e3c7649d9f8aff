-- expect: policy_failed
-- message: reason
return { authorize = function(request, event)
do return false, {} end
return true
end }
