-- expect: policy_failed
return { authorize = function(request, event)
local function f() table.sort({ 2, 1 }, f) return true end f()
return true
end }
