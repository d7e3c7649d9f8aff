-- expect: ok
return { authorize = function(request, event)
local s = ('a'):rep(1000000) assert(not s:find(('a'):rep(500000) .. 'b', 1, true))
return true
end }
