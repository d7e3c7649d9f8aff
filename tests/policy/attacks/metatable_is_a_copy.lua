-- expect: ok
return { authorize = function(request, event)
local m = { __index = function() return 'first' end }
local t = setmetatable({}, m)
assert(getmetatable(t) == m and t.x == 'first')
assert(setmetatable({}, { __index = { y = 2 } }).y == 2)
local log = {} local w = setmetatable({}, { __newindex = log }) w.z = 3 assert(log.z == 3 and rawget(w, 'z') == nil)
local c = setmetatable({}, { __call = setmetatable({}, { __call = function(_, _, a) return a end }) }) assert(c(7) == 7)
assert(getmetatable(setmetatable({}, { __metatable = 'mine' })) == 'mine')
assert(not pcall(setmetatable, setmetatable({}, { __metatable = 1 }), nil))
return true
end }
