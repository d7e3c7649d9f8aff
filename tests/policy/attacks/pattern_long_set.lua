-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local s = ('a'):rep(20000) s:find('[' .. ('b'):rep(20000) .. ']')
return true
end }
