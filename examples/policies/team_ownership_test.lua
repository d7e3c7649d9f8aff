local secret = { namespace = "payments/stripe", name = "key", value = "x", metadata = { purpose = "charging" } }

local function with(changes)
  local case = {}
  for key, value in pairs(secret) do case[key] = value end
  for key, value in pairs(changes) do case[key] = value end
  return case
end

expect_allowed(with { actor = "ana", context = { teams = "billing,payments" } })
expect_denied(with { actor = "bob", context = { teams = "games" }, "bob is not in the team that owns payments/stripe" })
expect_denied(with { actor = "bob", context = { teams = "pay" }, "not in the team" })
expect_denied(with { context = { teams = "payments" }, "an actor is needed" })
expect_denied(with { actor = "ana", "not in the team" })
expect_allowed(with { operation = "get" })
expect_denied(with { namespace = "Payments/x", actor = "ana", "namespace" })
expect_denied(with { actor = "ana", context = { teams = "payments" }, metadata = { purpose = "x" }, "metadata.purpose" })
expect_denied(with { actor = "ana", context = { teams = "payments" }, metadata = { purpose = "abc", contact = "nobody" },
  "metadata.contact" })
