local day = 24 * 60 * 60 * 1000

expect_allowed { namespace = "acme:testing", name = "DB_URL", value = "postgres://x", metadata = { owner = "Ana" } }
expect_allowed {
  namespace = "acme:production", name = "DB_URL", value = "postgres://x", ttl_ms = 30 * day,
  metadata = { owner = "ana", ticket = "OPS-17" },
}
expect_denied { namespace = "acme:production", name = "DB_URL", value = "postgres://x",
  metadata = { owner = "ana" }, "metadata.ticket: expected string, got nothing" }
expect_denied { namespace = "acme", name = "DB_URL", value = "postgres://x", metadata = { owner = "ana" }, "namespace" }
expect_denied { name = "DB_URL", value = "postgres://x", metadata = { owner = "ana" }, "the default namespace" }
expect_denied { namespace = "acme:testing", name = "db_url", value = "postgres://x", metadata = { owner = "ana" }, "name" }
expect_denied { namespace = "acme:testing", name = "DB_URL", value = "short", metadata = { owner = "ana" },
  "value: expected at least 8 bytes, got 5" }
expect_denied { namespace = "acme:testing", name = "DB_URL", value = "postgres://x", ttl_ms = 400 * day,
  metadata = { owner = "ana" }, "expiry" }
expect_denied { operation = "remove", namespace = "acme:testing", name = "DB_URL", actor = "ana", "only ops" }
expect_allowed { operation = "remove", namespace = "acme:testing", name = "DB_URL", actor = "ops" }
expect_allowed { operation = "get", namespace = "acme:testing", name = "DB_URL" }
