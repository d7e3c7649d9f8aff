-- expect: policy_failed
return { authorize = function(request, event)
local function f() return pcall(f) end while true do pcall(pcall, f) end
return true
end }
