-- expect: ok
return { authorize = function(request, event)
for _, value in ipairs { {}, print, 'x', string.rep } do
  assert(string.format('%p', value) == '(null)')
  assert(string.format('\0%p', value) == '\0(null)')
end
return true
end }
