-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
('a'):rep(30000):gsub('', ('%0'):rep(30000))
return true
end }
