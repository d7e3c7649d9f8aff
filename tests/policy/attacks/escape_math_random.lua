-- expect: ok
return { authorize = function(request, event)
assert(math.random == nil and math.randomseed == nil)
return true
end }
