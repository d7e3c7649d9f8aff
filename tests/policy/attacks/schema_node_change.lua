-- expect: policy_invalid
-- message: cannot be changed
local s = require 'schema'
local n = s.string()
n.kind = 'any'
return {}
