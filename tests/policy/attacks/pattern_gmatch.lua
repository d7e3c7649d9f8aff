-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
for _ in ('a'):rep(5000):gmatch('.-.-.-b') do end
return true
end }
