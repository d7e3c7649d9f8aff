-- expect: policy_failed
-- message: __len
return { authorize = function(request, event)
table.sort(setmetatable({}, { __len = function() return 1 << 30 end }))
return true
end }
