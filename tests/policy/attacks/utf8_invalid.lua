-- expect: policy_failed
return { authorize = function(request, event)
utf8.codepoint('\xff')
return true
end }
