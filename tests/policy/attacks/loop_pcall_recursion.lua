-- expect: policy_failed
return { authorize = function(request, event)
local function f() pcall(f) f() end f()
return true
end }
