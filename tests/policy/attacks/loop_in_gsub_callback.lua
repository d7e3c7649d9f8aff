-- expect: policy_failed
-- message: budget
return { authorize = function(request, event)
string.gsub('aaa', 'a', function() while true do end end)
return true
end }
