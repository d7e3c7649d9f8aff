-- expect: ok
return { authorize = function(request, event)
assert(string.dump == nil)
return true
end }
