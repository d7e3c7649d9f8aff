-- expect: policy_failed
-- message: table
return { normalize = function(request, event)
return 'x'
end }
