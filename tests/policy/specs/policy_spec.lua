-- Compiling policies: what is a well-formed one, and how it judges.

local s = require "schema"
local policy = require "policy"

local function fault(written)
  local good, message = pcall(policy.compile, written)
  assert.is_false(good)
  return message
end

describe("compile", function()
  it("takes an empty policy, which allows everything", function()
    local compiled = policy.compile {}
    assert.are.equal(0, compiled.check_target(nil, "x"))
    assert.are.equal(0, compiled.check_target("any", "x"))
    assert.is_true((compiled.check_metadata(0, { a = 1 })))
  end)
  it("says where a fault is", function()
    assert.are.equal('policy: unknown key "authorise"; did you mean "authorize"?', fault { authorise = 1 })
    assert.are.equal('policy: unknown key "frobnicate"', fault { frobnicate = 1 })
    assert.are.equal("policy.metadata: expected a schema node, got object", fault { metadata = {} })
    assert.are.equal("policy.authorize: expected a function, got boolean", fault { authorize = true })
    assert.are.equal('policy.value: unknown key "min"', fault { value = { min = 1 } })
    assert.are.equal("policy.value.min_length: expected an integer >= 0, got -1", fault { value = { min_length = -1 } })
    assert.are.equal("policy.value: expected min_length to be at most max_length",
      fault { value = { min_length = 2, max_length = 1 } })
    assert.are.equal('policy.value.kind: expected "text" or "binary", got "x"', fault { value = { kind = "x" } })
    assert.are.equal("policy.expiry.required: expected true or false, got number", fault { expiry = { required = 1 } })
    assert.are.equal("policy.expiry: expected default_ms to be at most max_ms",
      fault { expiry = { default_ms = 2, max_ms = 1 } })
    assert.are.equal("policy.rules: expected a list of rules, got the key \"a\"", fault { rules = { a = {} } })
    assert.are.equal("policy.rules[1].namespace: expected a Lua pattern, or false for the default namespace, got nothing",
      fault { rules = { {} } })
    assert.are.equal('policy.rules[1].namespace: a ( has no ) in "("', fault { rules = { { namespace = "(" } } })
    assert.are.equal('policy.rules[1].title: expected an identifier such as Production, got "x y"',
      fault { rules = { { namespace = "a", title = "x y" } } })
    assert.are.equal('policy.rules[2].title: "A" is taken already',
      fault { rules = { { namespace = "a", title = "A" }, { namespace = "b", title = "A" } } })
  end)
  it("runs no metamethod of the policy's tables", function()
    local function ran() error("ran") end
    local watched = setmetatable({}, { __index = ran, __pairs = ran, __len = ran })
    assert.are.equal("policy: expected a plain table, got one with a metatable", fault(watched))
    assert.are.equal("policy.value: expected a plain table, got one with a metatable", fault { value = watched })
  end)
end)

describe("rules", function()
  local compiled = policy.compile {
    namespace = s.string():optional(),
    metadata = s.record { owner = s.string() },
    expiry = { max_ms = 10 },
    rules = {
      { namespace = "%w+:production", metadata = s.record { ticket = s.string() } },
      { namespace = ".*", name = s.string():pattern("%u+") },
      { namespace = false, expiry = { required = true } },
    },
  }
  it("are found in order, the first that matches", function()
    assert.are.equal(1, compiled.check_target("a:production", "x"))
    assert.are.equal(2, compiled.check_target("a:other", "X"))
    assert.are.equal(3, compiled.check_target(nil, "x"))
    local rule, message = compiled.check_target("a:other", "x")
    assert.is_nil(rule)
    assert.are.equal('name: expected text like %u+, got "x"', message)
  end)
  it("replace the base's fields", function()
    assert.is_true((compiled.check_metadata(1, { ticket = "x" })))
    assert.is_false((compiled.check_metadata(1, { owner = "x" })))
    assert.is_true((compiled.check_metadata(2, { owner = "x" })))
    assert.are.same({ max_ms = 10, required = false }, compiled.expiry_rules[1])
    assert.are.same({ required = true }, compiled.expiry_rules[3])
  end)
  it("remember what was accepted, and stay right beyond that", function()
    for i = 1, 3000 do assert.are.equal(2, compiled.check_target("n" .. i, "X")) end
    assert.are.equal(2, compiled.check_target("n1", "X"))
    assert.is_nil((compiled.check_target("n1", "x")))
  end)
end)

describe("absent metadata", function()
  it("is fine where nothing is required, with its defaults", function()
    local optional = policy.compile { metadata = s.record { a = s.string() }:optional() }
    assert.are.same({ true }, { optional.check_metadata(0, nil) })
    local empty = policy.compile { metadata = s.record { a = s.string():optional() } }
    assert.are.same({ true }, { empty.check_metadata(0, nil) })
    local defaults = policy.compile { metadata = s.record { a = s.string():default("x") } }
    assert.are.same({ true, { a = "x" } }, { defaults.check_metadata(0, nil) })
  end)
  it("is refused otherwise", function()
    local required = policy.compile { metadata = s.record { a = s.string() } }
    assert.are.same({ false, "metadata.a: expected string, got nothing" }, { required.check_metadata(0, nil) })
  end)
end)

describe("describe", function()
  it("says what is allowed", function()
    local text = policy.compile({
      description = "For tests.",
      namespace = s.template("a:", s.enum { "x", "y" }),
      metadata = s.record { tags = s.array(s.string()):optional(), any = s.map(s.integer()):nullable() }:open(),
      rules = { { namespace = false, title = "Root", name = s.string():pattern("%u") } },
      authorize = function() return true end,
    }).describe()
    for _, part in ipairs { "For tests.", '"a:{x|y}"', "tags: array optional of string", "any: map nullable to integer",
      "and any other keys", "rule 1 (Root), in the default namespace:", "functions: authorize" } do
      assert.truthy(text:find(part, 1, true), part .. "\n" .. text)
    end
  end)
end)
