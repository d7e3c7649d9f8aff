expect_allowed { operation = "get", name = "x", actor = "reader:web-1" }
expect_denied { operation = "put", name = "x", value = "y", actor = "reader:web-1", "a reader may not put" }
expect_allowed { operation = "put", name = "x", value = "y", actor = "writer:deploy" }
expect_allowed { operation = "get", name = "x", actor = "writer:deploy" }
expect_allowed { operation = "list_events", actor = "auditor:carol" }
expect_denied { operation = "get", name = "x", actor = "auditor:carol", "a auditor may not get" }
expect_denied { operation = "get", name = "x", "expected an actor" }
expect_denied { operation = "get", name = "x", actor = "root", "expected an actor" }
expect_denied { operation = "get", name = "x", actor = "reader:", "expected an actor" }
