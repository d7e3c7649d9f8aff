-- expect: policy_invalid
-- message: protected
local s = require 'schema'
setmetatable(s.string(), {})
return {}
