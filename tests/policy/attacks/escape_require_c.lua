-- expect: policy_failed
-- message: no others
return { authorize = function(request, event)
require 'ffi'
return true
end }
