-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
for _ in ('^'):rep(3000):gmatch('^*^*^*x') do end
return true
end }
