-- expect: policy_failed
return { authorize = function(request, event)
local kept = {} for i = 1, 60000 do kept[i] = { i } end
while true do pcall(string.rep, 'x', 1 << 40) pcall(string.rep, 'x', 1 << 20) pcall(function() local t = { table.unpack(kept, 1, 30000) } end) end
return true
end }
