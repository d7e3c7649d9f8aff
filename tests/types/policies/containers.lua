local s = require "schema"
return {
  namespace = s.enum { "a", "b" },
  metadata = s.record {
    tags = s.array(s.string():max_length(3)):min_items(1):max_items(3),
    matrix = s.array(s.array(s.integer())):optional(),
    either = s.union(s.string(), s.integer(), s.record { inner = s.boolean() }),
    map = s.map(s.number()):optional(),
    keyed = s.map(s.string(), s.enum { "k1", "k2" }):optional(),
    deep = s.record { x = s.record { y = s.string():nullable() } }:optional(),
    ["not an identifier"] = s.integer():optional(),
    ["class"] = s.string():optional(),
    open = s.record { known = s.integer() }:open():optional(),
    empty = s.record {}:optional(),
  },
}
