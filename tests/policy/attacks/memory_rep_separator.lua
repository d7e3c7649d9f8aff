-- expect: policy_failed
return { authorize = function(request, event)
local x = (''):rep(1 << 30, 'ab')
return true
end }
