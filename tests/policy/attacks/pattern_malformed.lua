-- expect: policy_failed
return { authorize = function(request, event)
local x = ('a'):find('[a')
return true
end }
