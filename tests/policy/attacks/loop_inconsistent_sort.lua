-- expect: ok
return { authorize = function(request, event)
local t = {} for i = 1, 2000 do t[i] = i % 7 end
table.sort(t, function() return true end)
assert(#t == 2000)
return true
end }
