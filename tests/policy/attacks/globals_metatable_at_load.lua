-- expect: policy_invalid
-- message: metatable
setmetatable(_G, { __index = function() return 1 end })
return {}
