-- expect: policy_failed
return { authorize = function(request, event)
local function f() local ok, m = pcall(f) if not ok then error(m, 0) end end f()
return true
end }
