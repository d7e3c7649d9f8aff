-- expect: ok
local calls = 0
return { authorize = function() calls = calls + 1 return true end }
