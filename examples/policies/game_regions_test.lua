local credentials = { issued_by = "fleet", generation = 7 }
local value = "0123456789abcdef"

expect_allowed { namespace = "eu-west/shard-12", name = "TLS_KEY", value = value, actor = "fleet-controller",
  metadata = credentials }
expect_denied { namespace = "eu-west/shard-0", name = "TLS_KEY", value = value, actor = "fleet-controller",
  metadata = credentials, "namespace" }
expect_denied { namespace = "mars/shard-1", name = "TLS_KEY", value = value, actor = "fleet-controller",
  metadata = credentials, "namespace" }
expect_denied { namespace = "global", name = "PASSWORD", value = value, actor = "fleet-controller",
  metadata = credentials, "name" }
expect_denied { namespace = "global", name = "TLS_KEY", value = value, actor = "fleet-controller", metadata = credentials,
  ttl_ms = 4 * 24 * 60 * 60 * 1000, "expiry" }
expect_denied { namespace = "global", name = "TLS_KEY", value = value, actor = "fleet-controller", metadata = credentials,
  current = { revision = 3, metadata = { issued_by = "fleet", generation = 7 } }, "generation must grow" }
expect_denied { namespace = "global", name = "TLS_KEY", value = value, actor = "server-9", metadata = credentials,
  "servers only read" }
expect_allowed { operation = "get", namespace = "global", name = "TLS_KEY", actor = "server-9" }
expect_allowed { operation = "get", namespace = "eu-west/shard-12", name = "TLS_KEY", actor = "server-9",
  context = { place = "eu-west/shard-12" } }
expect_denied { operation = "get", namespace = "eu-west/shard-13", name = "TLS_KEY", actor = "server-9",
  context = { place = "eu-west/shard-12" }, "its own region" }
