-- expect: ok
local kept
return { authorize = function(request)
if kept then assert(kept == request) end
kept = request
return true
end }
