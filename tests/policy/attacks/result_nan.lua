-- expect: policy_failed
-- message: finite
return { normalize = function(request, event)
return { x = 0 / 0 }
end }
