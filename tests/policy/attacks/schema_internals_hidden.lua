-- expect: ok
local s = require 'schema'
assert(s.inspect == nil and s.list_metatable == nil)
return {}
