-- expect: ok
return { authorize = function(request, event)
assert(collectgarbage == nil)
return true
end }
