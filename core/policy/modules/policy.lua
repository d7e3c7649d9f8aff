-- Compiles the table that a policy file returns: checks that it is well formed, and gives functions that
-- judge namespaces, names and metadata by it. The library calls them; policies never do.

local pattern = require "pattern"
local schema = require "schema"

local policy = {}

local find, format = string.find, string.format
local concat = table.concat
local getmetatable, ipairs, math_type, next, rawget, type = getmetatable, ipairs, math.type, next, rawget, type

local MAX_REMEMBERED = 1024 -- accepted namespaces and names, each

-- ---- Faults ------------------------------------------------------------------------------------

local function fault(path, message, ...) error(path .. ": " .. format(message, ...), 0) end

-- Which known key an unknown one most likely was meant to be: the one with the fewest edits between.
local function distance(a, b)
  local previous = {}
  for j = 0, #b do previous[j] = j end
  for i = 1, #a do
    local current = { [0] = i }
    for j = 1, #b do
      local change = a:sub(i, i) == b:sub(j, j) and 0 or 1
      current[j] = math.min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + change)
    end
    previous = current
  end
  return previous[#b]
end

local function suggestion(key, known)
  local best, fewest = nil, #tostring(key) > 4 and 3 or 2
  if type(key) ~= "string" or #key > 40 then return "" end
  for _, name in ipairs(schema.sorted_keys(known)) do
    local edits = distance(key, name)
    if edits < fewest then best, fewest = name, edits end
  end
  return best and format("; did you mean %s?", schema.quote(best)) or ""
end

-- A plain table with no other keys than these. Metamethods of the policy's tables never run.
local function check_table(path, value, known)
  if type(value) ~= "table" or schema.is_node(value) then
    fault(path, "expected a table, got %s", schema.is_node(value) and "schema node" or schema.kind_of(value))
  end
  if getmetatable(value) ~= nil then fault(path, "expected a plain table, got one with a metatable") end
  for key in next, value do
    if not known[key] then fault(path, "unknown key %s%s", schema.quote(key), suggestion(key, known)) end
  end
end

local function check_node(path, value)
  if value ~= nil and not schema.is_node(value) then
    fault(path, "expected a schema node, got %s", schema.kind_of(value))
  end
  return value
end

local function check_count(path, value, least)
  if value == nil then return nil end
  if math_type(value) ~= "integer" or value < least then
    fault(path, "expected an integer >= %d, got %s", least, schema.quote(value))
  end
  return value
end

local function check_function(path, value)
  if value ~= nil and type(value) ~= "function" then
    fault(path, "expected a function, got %s", schema.kind_of(value))
  end
  return value
end

-- ---- Parts of a policy -------------------------------------------------------------------------

local value_keys = { min_length = true, max_length = true, prefix = true, suffix = true, kind = true }
local expiry_keys = { default_ms = true, max_ms = true, required = true }
local rule_keys = { namespace = true, title = true, name = true, metadata = true, value = true, expiry = true }
local policy_keys = {
  namespace = true, name = true, metadata = true, value = true, expiry = true, rules = true,
  authorize = true, normalize = true, enrich = true, description = true,
}

local function compile_value(path, value)
  if value == nil then return nil end
  check_table(path, value, value_keys)
  local made = {
    min_length = check_count(path .. ".min_length", rawget(value, "min_length"), 0),
    max_length = check_count(path .. ".max_length", rawget(value, "max_length"), 0),
    prefix = rawget(value, "prefix"),
    suffix = rawget(value, "suffix"),
    kind = rawget(value, "kind"),
  }
  for _, key in ipairs { "prefix", "suffix" } do
    if made[key] ~= nil and type(made[key]) ~= "string" then
      fault(path .. "." .. key, "expected a string, got %s", schema.kind_of(made[key]))
    end
  end
  if made.kind ~= nil and made.kind ~= "text" and made.kind ~= "binary" then
    fault(path .. ".kind", 'expected "text" or "binary", got %s', schema.quote(made.kind))
  end
  if made.min_length and made.max_length and made.min_length > made.max_length then
    fault(path, "expected min_length to be at most max_length")
  end
  return made
end

local function compile_expiry(path, expiry)
  if expiry == nil then return nil end
  check_table(path, expiry, expiry_keys)
  local made = {
    default_ms = check_count(path .. ".default_ms", rawget(expiry, "default_ms"), 0),
    max_ms = check_count(path .. ".max_ms", rawget(expiry, "max_ms"), 0),
    required = rawget(expiry, "required") or false,
  }
  if type(made.required) ~= "boolean" then
    fault(path .. ".required", "expected true or false, got %s", schema.kind_of(made.required))
  end
  if made.default_ms and made.max_ms and made.default_ms > made.max_ms then
    fault(path, "expected default_ms to be at most max_ms")
  end
  return made
end

local function compile_rule_pattern(path, namespace)
  if namespace == false then return false end
  if type(namespace) ~= "string" then
    fault(path, "expected a Lua pattern, or false for the default namespace, got %s", schema.kind_of(namespace))
  end
  local good, why = pattern.check(namespace)
  if not good then fault(path, "%s in %s", why, schema.quote(namespace)) end
  return "^" .. namespace .. "$"
end

-- What holds in a namespace: a rule's fields replace the base's.
local function compile_rule(path, rule, base)
  check_table(path, rule, rule_keys)
  local title = rawget(rule, "title")
  if title ~= nil and (type(title) ~= "string" or not find(title, "^%u%w*$")) then
    fault(path .. ".title", "expected an identifier such as Production, got %s", schema.quote(title))
  end
  return {
    title = title,
    own_metadata = rawget(rule, "metadata") ~= nil,
    namespace_pattern = rawget(rule, "namespace"),
    anchored = compile_rule_pattern(path .. ".namespace", rawget(rule, "namespace")),
    name = check_node(path .. ".name", rawget(rule, "name")) or base.name,
    metadata = check_node(path .. ".metadata", rawget(rule, "metadata")) or base.metadata,
    value = compile_value(path .. ".value", rawget(rule, "value")) or base.value,
    expiry = compile_expiry(path .. ".expiry", rawget(rule, "expiry")) or base.expiry,
  }
end

local function compile_rules(rules, base)
  local made, titles = {}, { Default = true, Any = true }
  if rules == nil then return made end
  if type(rules) ~= "table" or getmetatable(rules) ~= nil or schema.is_node(rules) then
    fault("policy.rules", "expected a list of rules, got %s", schema.kind_of(rules))
  end
  for key in next, rules do
    if math_type(key) ~= "integer" or key < 1 or key > #rules then
      fault("policy.rules", "expected a list of rules, got the key %s", schema.quote(key))
    end
  end
  for index = 1, #rules do
    local path = format("policy.rules[%d]", index)
    made[index] = compile_rule(path, rawget(rules, index), base)
    made[index].title = made[index].title or "Rule" .. index
    if titles[made[index].title] then
      fault(path .. ".title", "%s is taken already", schema.quote(made[index].title))
    end
    titles[made[index].title] = true
  end
  return made
end

-- ---- Judging -----------------------------------------------------------------------------------

-- Remembers what was accepted. Schemas are pure, so an answer stays right as long as the policy does.
local function memory()
  local known, count = {}, 0
  return function(key) return known[key] end, function(key, value)
    if count >= MAX_REMEMBERED then known, count = {}, 0 end
    known[key], count = value, count + 1
  end
end

local function rule_of(rules, namespace)
  for index, rule in ipairs(rules) do
    if rule.anchored == false then
      if namespace == nil then return index end
    elseif namespace ~= nil and find(namespace, rule.anchored) then
      return index
    end
  end
  return 0
end

local function judge_targets(namespace_node, effective, rules)
  local recall_namespace, remember_namespace = memory()
  local default_rule
  local recalls, remembers = {}, {}
  for index = 0, #rules do recalls[index], remembers[index] = memory() end

  local function check_namespace(namespace)
    if namespace_node then
      local fits, message = schema.check(namespace_node, namespace, "namespace")
      if not fits then
        if namespace == nil then message = message .. " (the default namespace)" end
        return nil, message
      end
    end
    return rule_of(rules, namespace)
  end

  local function find_rule(namespace)
    local rule = namespace == nil and default_rule or namespace ~= nil and recall_namespace(namespace)
    if rule then return rule end
    local found, message = check_namespace(namespace)
    if not found then return nil, message end
    if namespace == nil then default_rule = found else remember_namespace(namespace, found) end
    return found
  end

  return function(namespace, name)
    local rule, message = find_rule(namespace)
    if not rule then return nil, message end
    if name == nil or recalls[rule](name) then return rule end
    local node = effective[rule].name
    if node then
      local fits, why = schema.check(node, name, "name")
      if not fits then return nil, why end
    end
    remembers[rule](name, true)
    return rule
  end
end

-- Absent metadata is fine if the schema is optional, or if nothing in it is required.
local function check_absent(node)
  if schema.check(node, nil, "metadata") then
    local _, filled = schema.check(node, nil, "metadata")
    return true, filled
  end
  local fits, filled = schema.check(node, {}, "metadata")
  if not fits then return false, filled end
  return true, next(filled) ~= nil and filled or nil
end

local function judge_metadata(effective)
  return function(rule, metadata)
    local node = effective[rule].metadata
    if not node then return true, metadata end
    if metadata == nil then return check_absent(node) end
    return schema.check(node, metadata, "metadata")
  end
end

-- ---- Describing --------------------------------------------------------------------------------

local function describe_node(node, indent)
  local content = schema.inspect(node)
  local words = { content.kind }
  if content.kind == "template" then words[1] = '"' .. content.text .. '"' end
  if content.list then words[#words + 1] = "(" .. concat(content.list, ", ") .. ")" end
  if content.kind == "literal" then words[#words + 1] = schema.quote(content.value) end
  if content.pattern then words[#words + 1] = "like " .. content.pattern end
  for _, limit in ipairs { "min_length", "max_length", "min", "max", "min_items", "max_items" } do
    if content[limit] then words[#words + 1] = limit .. " " .. tostring(content[limit]) end
  end
  if content.is_optional then words[#words + 1] = "optional" end
  if content.is_nullable then words[#words + 1] = "nullable" end
  local lines = { concat(words, " ") }
  if content.kind == "record" then
    for _, key in ipairs(content.keys) do
      lines[#lines + 1] = indent .. "  " .. key .. ": " .. describe_node(content.fields[key], indent .. "  ")
    end
    if content.is_open then lines[#lines + 1] = indent .. "  and any other keys" end
  elseif content.kind == "array" then
    lines[1] = lines[1] .. " of " .. describe_node(content.item, indent)
  elseif content.kind == "map" then
    lines[1] = lines[1] .. " to " .. describe_node(content.value, indent)
  elseif content.kind == "union" then
    for _, member in ipairs(content.nodes) do
      lines[#lines + 1] = indent .. "  or " .. describe_node(member, indent .. "  ")
    end
  end
  return concat(lines, "\n")
end

local function describe_limits(limits)
  local words = {}
  for _, key in ipairs(schema.sorted_keys(limits)) do
    if limits[key] ~= false then words[#words + 1] = key .. " " .. tostring(limits[key]) end
  end
  return #words > 0 and concat(words, ", ") or "nothing"
end

local function describe_part(lines, part, indent)
  for _, key in ipairs { "name", "metadata" } do
    local text = part[key] and describe_node(part[key], indent) or "any"
    lines[#lines + 1] = format("%s%s: %s", indent, key, text)
  end
  if part.value then lines[#lines + 1] = indent .. "value: " .. describe_limits(part.value) end
  if part.expiry then lines[#lines + 1] = indent .. "expiry: " .. describe_limits(part.expiry) end
end

local function describe(source, effective, rules)
  local lines = {}
  if source.description then lines[1] = source.description end
  lines[#lines + 1] = "namespace: " .. (source.namespace and describe_node(source.namespace, "") or "any")
  describe_part(lines, effective[0], "")
  for index, rule in ipairs(rules) do
    local where = rule.anchored == false and "the default namespace" or "namespaces like " .. rule.namespace_pattern
    lines[#lines + 1] = format("rule %d (%s), in %s:", index, rule.title, where)
    describe_part(lines, rule, "  ")
  end
  local functions = {}
  for _, key in ipairs { "authorize", "enrich", "normalize" } do
    if source[key] then functions[#functions + 1] = key end
  end
  lines[#lines + 1] = "functions: " .. (#functions > 0 and concat(functions, ", ") or "none")
  return concat(lines, "\n")
end

-- ---- Compiling ---------------------------------------------------------------------------------

local function read_source(written)
  check_table("policy", written, policy_keys)
  local description = rawget(written, "description")
  if description ~= nil and (type(description) ~= "string" or not utf8.len(description)) then
    fault("policy.description", "expected UTF-8 text, got %s", schema.kind_of(description))
  end
  return {
    description = description,
    namespace = check_node("policy.namespace", rawget(written, "namespace")),
    name = check_node("policy.name", rawget(written, "name")),
    metadata = check_node("policy.metadata", rawget(written, "metadata")),
    value = compile_value("policy.value", rawget(written, "value")),
    expiry = compile_expiry("policy.expiry", rawget(written, "expiry")),
    authorize = check_function("policy.authorize", rawget(written, "authorize")),
    normalize = check_function("policy.normalize", rawget(written, "normalize")),
    enrich = check_function("policy.enrich", rawget(written, "enrich")),
  }
end

local function by_index(effective, count, key)
  local list = {}
  for index = 0, count do list[index] = effective[index][key] end
  return list
end

--- Checks a policy's table and gives what judges by it. Raises a sentence that begins with the path of
-- what is wrong.
function policy.compile(written)
  local source = read_source(written)
  local rules = compile_rules(rawget(written, "rules"), source)
  local effective = { [0] = source }
  for index, rule in ipairs(rules) do effective[index] = rule end
  return {
    --- The rule that holds for a namespace (nil: the default one) and a name (nil: of none in particular):
    -- 0 for the policy's base. Or nil and why they are refused.
    check_target = judge_targets(source.namespace, effective, rules),
    --- true and the metadata with its defaults, or false and why it is refused.
    check_metadata = judge_metadata(effective),
    value_rules = by_index(effective, #rules, "value"),
    expiry_rules = by_index(effective, #rules, "expiry"),
    has_metadata = source.metadata ~= nil or #rules > 0,
    authorize = source.authorize,
    normalize = source.normalize,
    enrich = source.enrich,
    --- What the policy allows, for people.
    describe = function() return describe(source, effective, rules) end,
    --- What the type generators need.
    source = source,
    rules = rules,
  }
end

return policy
