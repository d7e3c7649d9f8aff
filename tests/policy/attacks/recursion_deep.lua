-- expect: policy_failed
return { authorize = function(request, event)
local function f(n) return 1 + f(n + 1) end f(1)
return true
end }
