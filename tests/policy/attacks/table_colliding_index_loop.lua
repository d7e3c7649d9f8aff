-- expect: policy_failed
return { authorize = function(request, event)
local t, base = {}, (1 << 12) - 1
setmetatable(t, { __index = t })
for i = 1, 2048 do rawset(t, i * base, true) end
while true do pcall(function() return t[4000 * base] end) end
return true
end }
