-- A game's servers, region by region: a server reads the credentials of its own region and shard, and of
-- "global"; only the fleet controller writes. Credentials are short-lived.

local s = require "schema"

local regions = { "ap-south", "eu-west", "us-east" }

return {
  description = "Per-region credentials of a game's servers.",
  namespace = s.union(s.literal("global"), s.template(s.enum(regions), "/shard-", s.integer():min(1):max(999))),
  name = s.enum { "DATABASE_URL", "MATCHMAKER_TOKEN", "TLS_KEY", "VOICE_SECRET" },
  metadata = s.record {
    issued_by = s.string(),
    generation = s.integer():min(1):describe("Counts up with each issue."),
    features = s.array(s.string()):default(s.list {}),
  },
  value = { min_length = 16 },
  expiry = { default_ms = 12 * s.hour, max_ms = 3 * s.day, required = true },

  authorize = function(request)
    if request.actor == "fleet-controller" then
      local before = request.current and request.current.metadata
      local now = request.metadata
      if request.operation == "put" and before and now and now.generation <= before.generation then
        return false, "generation must grow"
      end
      return true
    end
    if request.operation ~= "get" and request.operation ~= "has" then
      return false, "servers only read"
    end
    if request.namespace == "global" or request.namespace == request.context.place then return true end
    return false, "a server reads its own region and shard"
  end,
}
