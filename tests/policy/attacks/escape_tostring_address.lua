-- expect: ok
return { authorize = function(request, event)
assert(tostring({}) == 'table' and tostring(print) == 'function')
assert(string.format('%s %10.3s', {}, print) == 'table        fun')
assert(tostring(setmetatable({}, { __name = 'thing' })) == 'thing')
return true
end }
