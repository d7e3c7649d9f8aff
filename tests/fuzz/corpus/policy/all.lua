local s = require "schema"
return { namespace = s.union(s.enum { "a", "b" }, s.template(s.string():pattern("[%w%-]+"), ":", s.string())):optional(),
  metadata = s.record { owner = s.string():min_length(1), tags = s.array(s.number():nullable()):max_items(3), m = s.map(s.literal(1)):default({}) }:open(),
  value = { min_length = 1, max_length = 100, kind = "text", prefix = "1" }, expiry = { default_ms = 5, max_ms = s.day },
  rules = { { namespace = ".*:x", title = "X", name = s.integer() } },
  normalize = function(r) return { owner = r.metadata.owner:upper() } end,
  authorize = function(r) return r.current.revision > 1, "no" end,
  enrich = function(e, r) return { n = #r.metadata.tags, t = e.type } end }
