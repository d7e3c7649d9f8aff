-- expect: ok
return { authorize = function(request, event)
local x = string.format('%p', {})
return true
end }
