-- expect: policy_failed
-- message: __len
return { authorize = function(request, event)
table.insert(setmetatable({}, { __len = function() return 1 << 60 end }), 1, 'x')
return true
end }
