-- expect: policy_failed
return { authorize = function(request, event)
local function f(s) return (s:gsub('.', f)) end f('a')
return true
end }
