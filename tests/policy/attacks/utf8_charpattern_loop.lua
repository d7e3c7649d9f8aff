-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
while true do for _ in utf8.codes(('é'):rep(1000)) do end end
return true
end }
