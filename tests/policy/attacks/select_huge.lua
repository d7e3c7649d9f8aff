-- expect: policy_failed
return { authorize = function(request, event)
select(-(1 << 40), 1)
return true
end }
