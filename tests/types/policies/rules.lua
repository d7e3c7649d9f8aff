local s = require "schema"
return {
  description = "Rules with metadata of their own.",
  namespace = s.union(s.literal("global"), s.template(s.enum { "eu", "us" }, "-", s.enum { "1", "2" })),
  name = s.enum { "TOKEN", "KEY" },
  metadata = s.record { owner = s.string():describe("Who answers for it.") },
  rules = { { namespace = "eu%-.", title = "Europe", metadata = s.record { owner = s.string(), basis = s.enum { "a", "b" } } } },
}
