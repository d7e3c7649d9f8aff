-- expect: policy_failed
-- message: too complex
return { authorize = function(request, event)
('a'):rep(300):find(('a?'):rep(300))
return true
end }
