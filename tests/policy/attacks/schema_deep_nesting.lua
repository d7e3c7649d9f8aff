-- expect: policy_invalid
-- message: nesting
local s = require 'schema'
local n = s.string()
for i = 1, 100 do n = s.array(n) end
return {}
