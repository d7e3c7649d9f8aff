-- expect: policy_failed
-- message: keys
return { normalize = function(request, event)
return { [1] = 1, [3] = 1 }
end }
