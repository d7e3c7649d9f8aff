-- expect: policy_failed
-- message: __len
return { authorize = function(request, event)
table.unpack(setmetatable({}, { __len = function() return 1 << 60 end }))
return true
end }
