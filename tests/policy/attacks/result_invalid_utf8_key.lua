-- expect: policy_failed
-- message: UTF-8
return { normalize = function(request, event)
return { ['\xff'] = 1 }
end }
