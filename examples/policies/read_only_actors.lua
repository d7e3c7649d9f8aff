-- Actors are named by their role, "role:name". Readers read; writers write too; only auditors see the log.

local rights = {
  reader = { get = true, has = true, list = true, list_namespaces = true },
  auditor = { list_events = true, list = true, list_namespaces = true },
}
rights.writer = { put = true, update = true, remove = true, import = true }
for operation in pairs(rights.reader) do rights.writer[operation] = true end

return {
  description = "Roles: reader, writer, auditor.",

  authorize = function(request)
    local role = request.actor and request.actor:match("^(%l+):.")
    local allowed = role and rights[role]
    if not allowed then return false, "expected an actor such as reader:web-1" end
    if allowed[request.operation] then return true end
    return false, "a " .. role .. " may not " .. request.operation
  end,
}
