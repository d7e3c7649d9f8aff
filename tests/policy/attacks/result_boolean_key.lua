-- expect: policy_failed
-- message: keys
return { normalize = function(request, event)
return { x = { [true] = 1 } }
end }
