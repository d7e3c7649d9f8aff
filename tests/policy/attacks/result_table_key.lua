-- expect: policy_failed
-- message: keys
return { normalize = function(request, event)
return { x = { [{}] = 1 } }
end }
