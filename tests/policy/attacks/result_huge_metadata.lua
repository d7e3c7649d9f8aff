-- expect: policy_failed
-- message: at most
return { normalize = function(request, event)
return { x = ('x'):rep(100000) }
end }
