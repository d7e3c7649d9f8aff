-- expect: ok
return { authorize = function(request, event)
local x = (''):rep(math.maxinteger) assert(x == '')
return true
end }
