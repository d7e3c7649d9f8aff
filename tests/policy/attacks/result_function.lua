-- expect: policy_failed
-- message: JSON
return { normalize = function(request, event)
return { x = print }
end }
