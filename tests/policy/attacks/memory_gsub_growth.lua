-- expect: policy_failed
-- message: memory
return { authorize = function(request, event)
local x = ('a'):rep(100000):gsub('a', ('b'):rep(1000))
return true
end }
