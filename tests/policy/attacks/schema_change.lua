-- expect: policy_invalid
-- message: cannot be changed
local s = require 'schema'
s.string = nil
return {}
