-- expect: policy_denied
-- message: a b [31mc
return { authorize = function(request, event)
do return false, 'a\nb\27[31mc' end
return true
end }
