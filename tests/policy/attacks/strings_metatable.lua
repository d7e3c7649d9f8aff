-- expect: ok
return { authorize = function(request, event)
assert(getmetatable('') == 'string')
return true
end }
