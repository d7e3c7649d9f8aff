-- expect: policy_failed
return { authorize = function(request, event)
local m = {} local chain, first = {}, {} local key = first
for i = 1, 40000 do local t = setmetatable({}, m) local nextkey = {} t[key] = nextkey key = nextkey chain[i] = t end
m.__mode = 'k'
for i = 1, 100000 do local x = {} end
return true
end }
