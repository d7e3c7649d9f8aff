-- expect: ok
return { authorize = function(request, event)
local m = {} local t = setmetatable({}, m) m.__gc = function() error('ran') end t = nil for i = 1, 1000 do local x = {} end
return true
end }
