-- expect: policy_invalid
-- message: cannot be changed
local s = require 'schema'
s.null.x = 1
return {}
