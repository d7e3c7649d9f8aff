-- Workspaces with environments, as in the documented client: namespaces are "workspace:environment".
-- Production needs a ticket, secrets there expire, and only ops removes anything.

local s = require "schema"

return {
  description = "Secrets of a team's workspaces.",

  namespace = s.template(s.string():pattern("[%w%-]+"), ":", s.enum { "production", "testing" }),
  name = s.string():pattern("[A-Z][A-Z0-9_]*"):max_length(64),
  metadata = s.record {
    owner = s.string():describe("Who answers for the secret."),
    label = s.string():optional(),
    notes = s.string():optional(),
  },
  value = { min_length = 8, max_length = 4096 },
  expiry = { default_ms = 30 * s.day, max_ms = 365 * s.day },

  rules = {
    {
      title = "Production",
      namespace = "[%w%-]+:production",
      metadata = s.record {
        owner = s.string(),
        ticket = s.string():pattern("OPS%-%d+"):describe("The change that asked for it."),
      },
    },
  },

  normalize = function(request)
    local owner = request.metadata and request.metadata.owner
    if type(owner) == "string" then return { owner = owner:lower() } end
  end,

  authorize = function(request)
    if request.operation == "remove" and request.actor ~= "ops" then
      return false, "only ops removes secrets"
    end
    return true
  end,

  enrich = function(event, request)
    return { host = request.context.host, ticket = request.metadata and request.metadata.ticket }
  end,
}
