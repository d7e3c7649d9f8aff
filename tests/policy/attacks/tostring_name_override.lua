-- expect: ok
return { authorize = function(request, event)
local x = tostring(setmetatable({}, { __name = 'x' }))
return true
end }
