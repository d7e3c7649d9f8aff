-- Nothing in production changes without a ticket and an expiry; elsewhere everything goes. Rotation and
-- cleanup are the operators' own.

local s = require "schema"

local operators = { alice = true, bob = true }
local chores = { rotate_keys = true, cleanup_secrets = true, cleanup_events = true, export = true }

return {
  description = "Production needs a ticket and an expiry.",
  namespace = s.enum { "development", "staging", "production" },
  rules = {
    {
      title = "Production",
      namespace = "production",
      metadata = s.record { ticket = s.string():pattern("[A-Z]+%-%d+"), reason = s.string():min_length(10) },
      expiry = { required = true, max_ms = 90 * s.day },
    },
  },

  authorize = function(request)
    if chores[request.operation] then
      return operators[request.actor] or false, "only operators do this"
    end
    if request.namespace == "production" and request.operation == "remove" then
      local last = request.current and request.current.expires_at
      if last and last > request.now then return false, "let it expire, or set an earlier expiry first" end
    end
    return true
  end,

  enrich = function(_, request)
    if request.metadata then return { ticket = request.metadata.ticket } end
  end,
}
