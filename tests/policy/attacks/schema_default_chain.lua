-- expect: policy_invalid
-- message: plain value
local s = require "schema"
local open = s.record {}:open()
local last = s.string()
for i = 1, 9000 do last = open:default { x = last } end
for i = 1, 100000 do local t = { i } end
return {}
