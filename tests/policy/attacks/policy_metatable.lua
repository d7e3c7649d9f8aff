-- expect: policy_invalid
-- message: metatable
return setmetatable({}, { __index = function() return function() return true end end })
