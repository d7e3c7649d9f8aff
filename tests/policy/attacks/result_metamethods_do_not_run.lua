-- expect: ok
return { normalize = function(request, event)
return setmetatable({ owner = 'b' }, { __index = function() error('ran') end, __pairs = function() error('ran') end, __len = function() error('ran') end })
end }
