-- expect: policy_invalid
-- message: cannot be changed
local s = require 'schema'
rawset(s, 'string', 1)
return {}
