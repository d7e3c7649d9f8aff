-- expect: policy_failed
-- message: finite
return { normalize = function(request, event)
return { x = math.huge }
end }
