local day = 24 * 60 * 60 * 1000
local change = { ticket = "OPS-1", reason = "the yearly renewal" }

expect_allowed { namespace = "development", name = "x", value = "y" }
expect_allowed { namespace = "production", name = "x", value = "y", ttl_ms = 30 * day, metadata = change }
expect_denied { namespace = "production", name = "x", value = "y", metadata = change, "expiry: expected one, got none" }
expect_denied { namespace = "production", name = "x", value = "y", ttl_ms = 91 * day, metadata = change, "expiry" }
expect_denied { namespace = "production", name = "x", value = "y", ttl_ms = day, "metadata.reason" }
expect_denied { namespace = "production", name = "x", value = "y", ttl_ms = day,
  metadata = { ticket = "ops-1", reason = "the yearly renewal" }, "metadata.ticket" }
expect_denied { namespace = "qa", name = "x", value = "y", "namespace" }
expect_denied { operation = "export", namespace = "development", actor = "eve", "only operators" }
expect_allowed { operation = "export", namespace = "development", actor = "alice" }
expect_denied { operation = "remove", namespace = "production", name = "x", now = 1000,
  current = { revision = 1, expires_at = 2000 }, "let it expire" }
expect_allowed { operation = "remove", namespace = "production", name = "x", now = 3000,
  current = { revision = 1, expires_at = 2000 } }
