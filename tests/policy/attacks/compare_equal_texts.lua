-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
local a = ('a'):rep(1000000) local x, y = a .. 'x', a .. 'x' while x == y do end
return true
end }
