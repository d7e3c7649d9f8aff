-- The type generators: their texts for every node. That the texts compile, and that they accept what
-- the policy accepts, is for tests/types.

local s = require "schema"
local policy = require "policy"
local pattern = require "pattern"

local options = { hash = ("0"):rep(64) }

local function generate(language, written) return require(language).generate(policy.compile(written), options) end

local function contains(text, part) assert.truthy(text:find(part, 1, true), part .. "\n" .. text) end

local every_node = {
  description = "Every node.",
  namespace = s.template(s.string(), ":", s.enum { "production", "testing" }),
  name = s.string():one_of { "A", 'B"' },
  metadata = s.record {
    text = s.string():describe("Some text."),
    ["not an identifier"] = s.integer():optional(),
    number = s.number():default(1.5),
    flag = s.boolean():nullable(),
    choice = s.enum { "a", "b" },
    fixed = s.literal(3),
    list = s.array(s.union(s.string(), s.integer())),
    inner = s.record { deep = s.record { x = s.string() } },
    map = s.map(s.string()),
    open = s.record {}:open(),
  },
  rules = { { namespace = ".*:production", title = "Production", metadata = s.record { ticket = s.string() } } },
}

describe("typescript", function()
  local text = generate("typescript", every_node)
  it("prints every node", function()
    for _, part in ipairs {
      'export const policyHash = "' .. options.hash .. '";',
      'export type Namespace = `${string}:${"production" | "testing"}`;',
      'export type Name = "A" | "B\\"";',
      "export interface ProductionMetadata {\n  ticket: string;\n}",
      "export interface DefaultMetadata {",
      "  /** Some text. */\n  text: string;",
      '  "not an identifier"?: number;', "  number?: number;", "  flag: boolean | null;",
      '  choice: "a" | "b";', "  fixed: 3;", "  list: Array<string | number>;", "  map: Record<string, string>;",
      "  open: {\n    [key: string]: unknown;\n  };",
      "export type Metadata = DefaultMetadata | ProductionMetadata;",
    } do contains(text, part) end
  end)
  it("escapes what ends comments and templates", function()
    local escaped = generate("typescript", {
      description = "*/ alert()", namespace = s.template("`${x}\\", s.string()),
    })
    contains(escaped, "/** * / alert() */")
    contains(escaped, "`\\`\\${x}\\\\${string}`")
  end)
end)

describe("python", function()
  it("prints every node", function()
    local text = generate("python", every_node)
    for _, part in ipairs {
      'POLICY_HASH = "' .. options.hash .. '"', "Namespace: TypeAlias = str", 'Name: TypeAlias = Literal["A", "B\\""]',
      "class ProductionMetadata(TypedDict):\n    ticket: str", "DefaultMetadata = TypedDict(",
      '"not an identifier": NotRequired[int],', '"number": NotRequired[float],', '"flag": bool | None,',
      '"choice": Literal["a", "b"],', '"fixed": Literal[3],', '"list": list[str | int],', '"map": dict[str, str],',
      "class DefaultMetadataInnerDeep(TypedDict):", "Metadata: TypeAlias = DefaultMetadata | ProductionMetadata",
    } do contains(text, part) end
  end)
  it("spells out finite templates", function()
    contains(generate("python", { namespace = s.template(s.enum { "a", "b" }, ":", s.enum { "x" }) }),
      'Namespace: TypeAlias = Literal["a:x", "b:x"]')
  end)
end)

describe("json_schema", function()
  it("prints every node", function()
    local text = generate("json_schema", every_node)
    for _, part in ipairs { '"additionalProperties": false', '"const": 3', '"anyOf": [', '"default": 1.5',
      '"$ref": "#/$defs/Metadata"', '"pattern": "^(?:[\\\\s\\\\S]*\\\\u003a(?:production|testing))(?![\\\\s\\\\S])"' } do
      contains(text, part)
    end
  end)
end)

describe("text of a policy", function()
  local ends = { "\n", "\r", "\r\n", "\v", "\f", "\x1c", "\u{85}", "\u{2028}", "\u{2029}" }
  local hostile = { "*/ evil", "**/evil", '""" evil', '"""', '"', "evil\\", "\0evil", "`${evil}", "\u{202e}evil", "'''evil" }
  for _, line_end in ipairs(ends) do
    hostile[#hostile + 1] = "a" .. line_end .. "evil"
    hostile[#hostile + 1] = line_end .. "/evil*" .. line_end .. "/evil"
  end
  local function written(text)
    return {
      description = text,
      namespace = s.template(text, s.string()):describe(text),
      name = s.string():one_of { text, "x" }:describe(text),
      metadata = s.record {
        [text] = s.literal(text):describe(text),
        open = s.record {}:open():describe(text),
        class = s.record { x = s.string():describe(text) }:describe(text),
      }:describe(text),
      rules = { { namespace = text:gsub("%p", "%%%0"), title = "One", metadata = s.record { y = s.string() } } },
    }
  end
  local unseen = { "\r", "\v", "\f", "\0", "\x1c", "\u{85}", "\u{2028}", "\u{2029}", "\u{202e}" }
  for _, language in ipairs { "typescript", "python", "json_schema" } do
    it("leaves no other line end or control character in " .. language, function()
      for _, text in ipairs(hostile) do
        local generated = generate(language, written(text))
        for _, character in ipairs(unseen) do assert.is_nil(generated:find(character, 1, true), generated) end
      end
    end)
  end
  it("stands in TypeScript's comments and strings only", function()
    for _, text in ipairs(hostile) do
      local rest = generate("typescript", written(text)):gsub("/%*.-%*/", ""):gsub("//[^\n]*", "")
      rest = rest:gsub("\\.", ""):gsub('"[^"\n]*"', ""):gsub("`[^`\n]*`", "")
      assert.is_nil(rest:find("evil", 1, true), rest)
    end
  end)
  it("stands in Python's comments and strings only", function()
    for _, text in ipairs(hostile) do
      local rest = generate("python", written(text)):gsub("\\.", ""):gsub('""".-"""', "")
      rest = rest:gsub("#[^\n]*", ""):gsub('"[^"\n]*"', "")
      rest = rest:gsub("%u%a*Evil%a*", "") -- names of types, made of letters
      assert.is_nil(rest:find("evil", 1, true), rest)
      assert.is_nil(rest:find('"', 1, true), rest)
    end
  end)
  it("is shown as bytes where it is no UTF-8", function()
    local text = generate("typescript", {
      rules = { { namespace = "a\xff*/", title = "One", metadata = s.record { y = s.string() } } },
    })
    contains(text, "/** In namespaces like a\\xff* /. */")
    assert.has_error(function() s.string():describe("\xff") end)
    assert.has_error(function() policy.compile { description = "\xff" } end)
  end)
end)

describe("patterns as regular expressions", function()
  it("are translated where that is exact", function()
    for lua_pattern, regex in pairs {
      ["%a+"] = "[A-Za-z]+", ["[%w_]*"] = "[0-9A-Za-z\\u005f]*", ["a-b"] = "a*b", ["(%d?)x"] = "[0-9]?x",
      ["[^:]+:[^:]*"] = "[^\\u003a]+\\u003a[^\\u003a]*", ["%."] = "\\u002e", [".*"] = "[\\s\\S]*",
      ["[a-z%-]"] = "[a-z\\u002d]",
    } do assert.are.equal(regex, pattern.to_regex(lua_pattern)) end
  end)
  it("are not where bytes and characters differ, or nothing corresponds", function()
    for _, lua_pattern in ipairs { ".", "..", "[^a]", ".+.+", "%b()", "%f[%a]x", "(a)%1", "%W?", "ü", "[ü]", "()" } do
      assert.is_nil(pattern.to_regex(lua_pattern), lua_pattern)
    end
  end)
end)
