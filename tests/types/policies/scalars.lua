local s = require "schema"
return {
  name = s.string():pattern("[A-Z][A-Z0-9_]*"):max_length(12),
  namespace = s.template(s.string():pattern("[%w%-]+"), ":", s.enum { "production", "testing" }),
  metadata = s.record {
    text = s.string(),
    short = s.string():min_length(2):max_length(4):optional(),
    like = s.string():pattern("%u%l*%d+"):optional(),
    wild = s.string():pattern("a.*z"):optional(),
    not_colon = s.string():pattern("[^:]+:[^:]+"):optional(),
    chosen = s.string():one_of { "x", "y", "ü" }:optional(),
    count = s.integer():min(-3):max(100),
    ratio = s.number():max(1.5):optional(),
    flag = s.boolean():nullable(),
    fixed = s.literal("v1"),
    three = s.literal(3):optional(),
    nothing = s.literal(s.null):optional(),
    level = s.enum { "low", "high" }:default("low"),
  },
}
