-- expect: policy_failed
-- message: no others
return { authorize = function(request, event)
require 'policy'
return true
end }
