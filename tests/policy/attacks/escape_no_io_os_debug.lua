-- expect: ok
return { authorize = function(request, event)
for _, name in ipairs { 'io', 'os', 'debug', 'package', 'coroutine', 'load', 'loadstring', 'dofile', 'loadfile', 'collectgarbage', 'warn' } do assert(_G[name] == nil, name) end
return true
end }
