-- expect: policy_failed
-- message: no others
return { authorize = function(request, event)
require '../../etc/passwd'
return true
end }
