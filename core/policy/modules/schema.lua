-- The schema module: what namespaces, names and metadata look like. Policies get it with
-- `require "schema"`.
--
-- A schema is a node: schema.string(), schema.record{...} and so on. Nodes never change; a modifier
-- such as :optional() gives a new one. schema.check(node, value) says whether a value fits, and gives
-- it back with its defaults filled in.

local pattern = require "pattern"

local schema = {}

local find, format, sub = string.find, string.format, string.sub
local concat, sort = table.concat, table.sort
local math_type, utf8_len = math.type, utf8.len
local getmetatable, ipairs, next, pairs, rawequal, setmetatable, tostring, type =
  getmetatable, ipairs, next, pairs, rawequal, setmetatable, tostring, type

local MAX_DEPTH = 32 -- of nested nodes
local QUOTED_MAX = 80 -- bytes of a value in a message

-- ---- Values that Lua has no word for -----------------------------------------------------------

--- JSON's null, which is not nil: a field that is there and empty.
schema.null = setmetatable({}, {
  __name = "null",
  __metatable = "null",
  __tostring = function() return "null" end,
  __newindex = function() error("schema.null cannot be changed", 2) end,
})
local null = schema.null

--- Marks JSON arrays, so that an empty one is not an empty object.
schema.list_metatable = { __name = "list", __metatable = "list" }
local list_metatable = schema.list_metatable

--- Marks a sequence as a JSON array, and gives it back.
function schema.list(values) return setmetatable(values, list_metatable) end

--- Whether a value is marked as a JSON array.
function schema.is_list(value) return type(value) == "table" and getmetatable(value) == "list" end
local is_list = schema.is_list

schema.second = 1000
schema.minute = 60 * schema.second
schema.hour = 60 * schema.minute
schema.day = 24 * schema.hour

-- ---- Messages ----------------------------------------------------------------------------------

local function kind_of(value)
  if value == nil then return "nothing" end
  if rawequal(value, null) then return "null" end
  if is_list(value) then return "array" end
  if type(value) == "table" then return "object" end
  return type(value)
end

local function quote(value)
  if type(value) ~= "string" then return tostring(value) end
  if #value > QUOTED_MAX then value = sub(value, 1, QUOTED_MAX) .. "..." end
  return '"' .. value:gsub('[%c"\\]', function(c) return format("\\x%02x", c:byte()) end) .. '"'
end

-- What came, for a value that has the right type and is still refused.
local function came(value)
  if type(value) == "string" or type(value) == "number" or type(value) == "boolean" then
    return quote(value)
  end
  return kind_of(value)
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end

-- ---- Nodes -------------------------------------------------------------------------------------

-- What a node is made of, out of the reach of policies.
local contents = setmetatable({}, { __mode = "k" })

local methods = {}

local node_metatable = {
  __name = "schema node",
  __metatable = "schema node",
  __index = methods,
  __newindex = function() error("a schema cannot be changed; its modifiers give a new one", 2) end,
}

local function new_node(content)
  local node = setmetatable({}, node_metatable)
  contents[node] = content
  return node
end

local function fail(where, expected, value, level)
  error(format("schema.%s: expected %s, got %s", where, expected, came(value)), level or 3)
end

--- Whether a value is a schema node.
function schema.is_node(value) return contents[value] ~= nil end

-- A changed copy of a node.
local function with(node, field, value)
  local copy = {}
  for key, kept in next, contents[node] do copy[key] = kept end
  copy[field] = value
  return new_node(copy)
end

local function content_of(node, method)
  local content = contents[node]
  if not content then error("schema: call :" .. method .. "() with a colon on a schema node", 3) end
  return content
end

local function of_kind(node, method, ...)
  local content = content_of(node, method)
  for _, kind in ipairs { ... } do
    if content.kind == kind then return content end
  end
  error(format("schema.%s: has no :%s()", content.kind, method), 3)
end

-- Depth is counted as nodes are made: whatever is checked later is bounded by it.
local function deeper(where, ...)
  local deepest = 0
  for _, node in ipairs { ... } do
    if contents[node].depth > deepest then deepest = contents[node].depth end
  end
  if deepest + 1 > MAX_DEPTH then
    error(format("schema.%s: expected nesting of at most %d", where, MAX_DEPTH), 4)
  end
  return deepest + 1
end

-- ---- Modifiers ---------------------------------------------------------------------------------

--- The value may be missing.
function methods:optional()
  content_of(self, "optional")
  return with(self, "is_optional", true)
end

--- The value may be null.
function methods:nullable()
  content_of(self, "nullable")
  return with(self, "is_nullable", true)
end

--- A sentence for people; it becomes a comment in generated types.
function methods:describe(text)
  content_of(self, "describe")
  if type(text) ~= "string" or not utf8_len(text) then fail("describe", "UTF-8 text", text) end
  return with(self, "description", text)
end

-- A copy of what JSON can say. Were it kept as it is, a schema in it (which an open record lets through)
-- would hang on another, and the collector goes over a chain of those again and again.
local function plain_copy(value, depth)
  local kind = type(value)
  if kind == "string" or kind == "number" or kind == "boolean" or rawequal(value, null) then return value end
  if kind ~= "table" or contents[value] or depth > MAX_DEPTH then
    error(format("schema.default: expected a plain value nested at most %d deep, got %s", MAX_DEPTH, kind_of(value)), 0)
  end
  local copy = {}
  for key, item in next, value do
    if type(key) ~= "string" and type(key) ~= "number" then error("schema.default: expected keys that are strings", 0) end
    copy[key] = plain_copy(item, depth + 1)
  end
  return is_list(value) and schema.list(copy) or copy
end

--- What stands in for a missing value, which is then optional. It must fit.
function methods:default(value)
  content_of(self, "default")
  if value == nil then fail("default", "a value", value) end
  value = plain_copy(value, 1)
  local fits, message = schema.check(self, value, "value")
  if not fits then error("schema.default: " .. message, 2) end
  return with(with(self, "default_value", value), "is_optional", true)
end

local function count_argument(where, value)
  if math_type(value) ~= "integer" or value < 0 then fail(where, "an integer >= 0", value, 4) end
  return value
end

--- A Lua pattern that must match the whole text.
function methods:pattern(text)
  of_kind(self, "pattern", "string")
  if type(text) ~= "string" then fail("string():pattern", "a Lua pattern", text) end
  local good, fault = pattern.check(text)
  if not good then error(format("schema.string():pattern: %s in %s", fault, quote(text)), 2) end
  return with(with(self, "pattern", text), "anchored", "^" .. text .. "$")
end

--- The fewest and the most characters (not bytes).
function methods:min_length(count)
  of_kind(self, "min_length", "string")
  return with(self, "min_length", count_argument("string():min_length", count))
end
function methods:max_length(count)
  of_kind(self, "max_length", "string")
  return with(self, "max_length", count_argument("string():max_length", count))
end

local function string_set(where, values)
  if type(values) ~= "table" or #values == 0 then fail(where, "a list of strings", values, 4) end
  local set, list = {}, {}
  for index, value in ipairs(values) do
    if type(value) ~= "string" or not utf8_len(value) then fail(where, "UTF-8 strings", value, 4) end
    if set[value] then error(format("schema.%s: %s stands there twice", where, quote(value)), 4) end
    set[value], list[index] = true, value
  end
  return set, list
end

--- One of these texts, and whatever else the node asks for.
function methods:one_of(values)
  of_kind(self, "one_of", "string")
  local set, list = string_set("string():one_of", values)
  return with(with(self, "set", set), "list", list)
end

local function number_argument(where, kind, value)
  if kind == "integer" and math_type(value) ~= "integer" then fail(where, "an integer", value, 4) end
  if type(value) ~= "number" or value - value ~= 0 then fail(where, "a finite number", value, 4) end
  return value
end

--- The smallest and the largest number.
function methods:min(value)
  local content = of_kind(self, "min", "integer", "number")
  return with(self, "min", number_argument(content.kind .. "():min", content.kind, value))
end
function methods:max(value)
  local content = of_kind(self, "max", "integer", "number")
  return with(self, "max", number_argument(content.kind .. "():max", content.kind, value))
end

--- The fewest and the most items.
function methods:min_items(count)
  of_kind(self, "min_items", "array")
  return with(self, "min_items", count_argument("array():min_items", count))
end
function methods:max_items(count)
  of_kind(self, "max_items", "array")
  return with(self, "max_items", count_argument("array():max_items", count))
end

--- Keys that the record does not name are let through.
function methods:open()
  of_kind(self, "open", "record")
  return with(self, "is_open", true)
end

-- ---- Constructors ------------------------------------------------------------------------------

--- UTF-8 text.
function schema.string() return new_node { kind = "string", depth = 1 } end

--- An integer of 64 bits. 1.0 is one too, as in JSON Schema.
function schema.integer() return new_node { kind = "integer", depth = 1 } end

--- Any finite number.
function schema.number() return new_node { kind = "number", depth = 1 } end

--- true or false.
function schema.boolean() return new_node { kind = "boolean", depth = 1 } end

--- One of these texts.
function schema.enum(values)
  local set, list = string_set("enum", values)
  return new_node { kind = "enum", depth = 1, set = set, list = list }
end

--- Just this text, number or boolean, or schema.null.
function schema.literal(value)
  local kind = type(value)
  local plain = kind == "string" or kind == "boolean" or rawequal(value, null)
    or kind == "number" and value == value and value - value == 0
  if not plain or kind == "string" and not utf8_len(value) then
    fail("literal", "a string, a number, a boolean or schema.null", value)
  end
  return new_node { kind = "literal", depth = 1, value = value }
end

-- A member of something else: whether it may be missing is for a record's field to say.
local function node_argument(where, value)
  if not contents[value] then fail(where, "a schema node", value, 4) end
  if contents[value].is_optional then
    error(format("schema.%s: expected a node that is not optional; only a record's fields can be missing", where), 3)
  end
  return value
end

--- A JSON array of such items.
function schema.array(item)
  node_argument("array", item)
  return new_node { kind = "array", depth = deeper("array", item), item = item }
end

--- A JSON object with these fields and no others, unless it is :open().
function schema.record(fields)
  if type(fields) ~= "table" or contents[fields] then fail("record", "a table of fields", fields) end
  local copy, nodes = {}, {}
  for key, node in next, fields do
    if type(key) ~= "string" or not utf8_len(key) then fail("record", "field names that are UTF-8 strings", key) end
    if not contents[node] then
      error(format("schema.record: %s: expected a schema node, got %s", quote(key), kind_of(node)), 2)
    end
    copy[key] = node
    nodes[#nodes + 1] = node
  end
  return new_node {
    kind = "record", depth = deeper("record", table.unpack(nodes)), fields = copy, keys = sorted_keys(copy),
  }
end

--- A JSON object with any keys (or such as fit a string node) and such values.
function schema.map(value, key)
  node_argument("map", value)
  if key ~= nil and (not contents[key] or contents[key].kind ~= "string" and contents[key].kind ~= "enum") then
    fail("map", "a string or enum node for its keys", key)
  end
  return new_node { kind = "map", depth = deeper("map", value), value = value, key = key }
end

--- A value that fits one of these.
function schema.union(...)
  local nodes = { ... }
  if #nodes < 2 then error("schema.union: expected at least two schema nodes", 2) end
  for _, node in ipairs(nodes) do node_argument("union", node) end
  return new_node { kind = "union", depth = deeper("union", ...), nodes = nodes }
end

local template_kinds = { string = true, enum = true, integer = true, literal = true, template = true }

--- Text made of parts in turn: texts that stand as they are, and string, enum, integer or literal nodes.
function schema.template(...)
  local parts = { ... }
  local nodes = {}
  if #parts == 0 then error("schema.template: expected at least one part", 2) end
  for index, part in ipairs(parts) do
    local content = contents[part]
    local is_text = type(part) == "string" and utf8_len(part)
    local is_node = content and template_kinds[content.kind] and not content.is_optional
      and not content.is_nullable and (content.kind ~= "literal" or type(content.value) == "string")
    if not is_text and not is_node then
      error(format("schema.template: part %d: expected text, or a string, enum, integer or literal "
        .. "node, got %s", index, content and content.kind or came(part)), 2)
    end
    if is_node then nodes[#nodes + 1] = part end
  end
  return new_node { kind = "template", depth = deeper("template", table.unpack(nodes)), parts = parts }
end

-- ---- Checking ----------------------------------------------------------------------------------

-- Each gives true and the value with defaults, or false, the path below the value, and what is wrong.
local checks = {}
local check_content

local function refuse(expected, value)
  return false, "", format("expected %s, got %s", expected, kind_of(value))
end

local function list_texts(list)
  local quoted = {}
  for index, text in ipairs(list) do quoted[index] = quote(text) end
  return (#list == 1 and "" or "one of ") .. concat(quoted, ", ")
end

local function length_text(content)
  if content.min_length and content.max_length then
    return format("%d to %d characters", content.min_length, content.max_length)
  end
  return content.min_length and format("at least %d characters", content.min_length)
    or format("at most %d characters", content.max_length)
end

function checks.string(content, value)
  if type(value) ~= "string" then return refuse("string", value) end
  local length = utf8_len(value)
  if not length then return false, "", "expected UTF-8 text, got other bytes" end
  if content.min_length and length < content.min_length or content.max_length and length > content.max_length then
    return false, "", format("expected %s, got %d", length_text(content), length)
  end
  if content.anchored and not find(value, content.anchored) then
    return false, "", format("expected text like %s, got %s", content.pattern, quote(value))
  end
  if content.set and not content.set[value] then
    return false, "", format("expected %s, got %s", list_texts(content.list), quote(value))
  end
  return true, value
end

local function check_range(content, value)
  if content.min and value < content.min then
    return false, "", format("expected at least %s, got %s", tostring(content.min), tostring(value))
  end
  if content.max and value > content.max then
    return false, "", format("expected at most %s, got %s", tostring(content.max), tostring(value))
  end
  return true, value
end

function checks.integer(content, value)
  if type(value) ~= "number" then return refuse("integer", value) end
  if not math.tointeger(value) then return false, "", "expected integer, got " .. tostring(value) end
  return check_range(content, value)
end

function checks.number(content, value)
  if type(value) ~= "number" then return refuse("number", value) end
  if value - value ~= 0 then return false, "", "expected a finite number" end
  return check_range(content, value)
end

function checks.boolean(_, value)
  if type(value) ~= "boolean" then return refuse("boolean", value) end
  return true, value
end

function checks.enum(content, value)
  if type(value) == "string" and content.set[value] then return true, value end
  return false, "", format("expected %s, got %s", list_texts(content.list), came(value))
end

function checks.literal(content, value)
  local same = rawequal(value, content.value)
    or type(value) == "number" and type(content.value) == "number" and value == content.value
  if same then return true, value end
  return false, "", format("expected %s, got %s", quote(content.value), came(value))
end

-- A marked list, or a sequence that is not empty: an empty table is JSON's empty object.
local function is_array(value)
  if type(value) ~= "table" or rawequal(value, null) then return false end
  if is_list(value) then return true end
  if contents[value] then return false end
  local count = 0
  for _ in pairs(value) do count = count + 1 end
  return count > 0 and count == #value
end

function checks.array(content, value)
  if not is_array(value) then return refuse("array", value) end
  local count = #value
  if content.min_items and count < content.min_items then
    return false, "", format("expected at least %d items, got %d", content.min_items, count)
  end
  if content.max_items and count > content.max_items then
    return false, "", format("expected at most %d items, got %d", content.max_items, count)
  end
  local item, result = contents[content.item], value
  for index = 1, count do
    local fits, checked, message = check_content(item, value[index])
    if not fits then return false, "[" .. index .. "]" .. checked, message end
    if not rawequal(checked, value[index]) then
      if result == value then result = schema.list { table.unpack(value, 1, count) } end
      result[index] = checked
    end
  end
  return true, result
end

local function is_object(value)
  return type(value) == "table" and not rawequal(value, null) and not is_list(value) and not contents[value]
end

local function copy_of(object)
  local copy = {}
  for key, value in pairs(object) do copy[key] = value end
  return copy
end

local function key_path(key)
  if type(key) ~= "string" then return "[" .. came(key) .. "]" end
  return find(key, "^[%a_][%w_]*$") and "." .. key or "[" .. quote(key) .. "]"
end

function checks.record(content, value)
  if not is_object(value) then return refuse("object", value) end
  local fields, result = content.fields, value
  for _, key in ipairs(content.keys) do
    local given = value[key]
    local fits, checked, message = check_content(contents[fields[key]], given)
    if not fits then return false, key_path(key) .. checked, message end
    if not rawequal(checked, given) then
      if result == value then result = copy_of(value) end
      result[key] = checked
    end
  end
  if not content.is_open then
    for key in pairs(value) do
      if not fields[key] then return false, "", "unknown key " .. came(key) end
    end
  end
  return true, result
end

function checks.map(content, value)
  if not is_object(value) then return refuse("object", value) end
  local item, key_content, result = contents[content.value], contents[content.key], value
  for key, given in pairs(value) do
    if type(key) ~= "string" then return false, "", "expected keys that are strings, got " .. came(key) end
    if key_content then
      local fits, _, message = check_content(key_content, key)
      if not fits then return false, "", "key " .. quote(key) .. ": " .. message end
    end
    local fits, checked, message = check_content(item, given)
    if not fits then return false, key_path(key) .. checked, message end
    if not rawequal(checked, given) then
      if result == value then result = copy_of(value) end
      result[key] = checked
    end
  end
  return true, result
end

function checks.union(content, value)
  local messages, seen = {}, {}
  for _, node in ipairs(content.nodes) do
    local fits, checked, message = check_content(contents[node], value)
    if fits then return true, checked end
    local text = (checked == "" and "" or checked .. ": ") .. message
    if not seen[text] then
      seen[text] = true
      messages[#messages + 1] = text
    end
  end
  return false, "", concat(messages, "; or ")
end

-- Whether a part accepts a piece of text.
local function accepts(part, text)
  local content = contents[part]
  if content.kind == "integer" then
    local number = find(text, "^%-?%d+$") and math.tointeger(tonumber(text))
    if not number or tostring(number) ~= text then return false end
    return (check_range(content, number))
  end
  return (checks[content.kind](content, text))
end

-- Where a part that begins at start may end, without trying ends that what follows rules out.
local function possible_ends(following, text, start)
  local finish = #text + 1
  if following == nil then return { finish } end
  local ends = {}
  if type(following) ~= "string" or following == "" then
    for position = start, finish do ends[#ends + 1] = position end
    return ends
  end
  local position = find(text, following, start, true)
  while position do
    ends[#ends + 1] = position
    position = find(text, following, position + 1, true)
  end
  return ends
end

-- From every place where the parts so far may end, on to the next: no more than length x parts places.
local function matches_template(content, text)
  local places = { [1] = true }
  for index, part in ipairs(content.parts) do
    local reached = {}
    for start in next, places do
      if type(part) == "string" then
        if sub(text, start, start + #part - 1) == part then reached[start + #part] = true end
      else
        for _, finish in ipairs(possible_ends(content.parts[index + 1], text, start)) do
          if not reached[finish] and accepts(part, sub(text, start, finish - 1)) then reached[finish] = true end
        end
      end
    end
    if next(reached) == nil then return false end
    places = reached
  end
  return places[#text + 1] == true
end

local function template_text(content)
  local texts = {}
  for index, part in ipairs(content.parts) do
    local of = contents[part]
    texts[index] = of == nil and part
      or of.kind == "enum" and "{" .. concat(of.list, "|") .. "}"
      or of.kind == "literal" and of.value
      or of.kind == "template" and template_text(of)
      or "{" .. (of.pattern or of.kind) .. "}"
  end
  return concat(texts)
end

function checks.template(content, value)
  if type(value) ~= "string" then return refuse("string", value) end
  if not utf8_len(value) then return false, "", "expected UTF-8 text, got other bytes" end
  if matches_template(content, value) then return true, value end
  return false, "", format("expected text like %s, got %s", template_text(content), quote(value))
end

function check_content(content, value)
  if value == nil then
    if content.default_value ~= nil then return true, plain_copy(content.default_value, 1) end
    if content.is_optional then return true, nil end
  elseif content.is_nullable and rawequal(value, null) then
    return true, value
  end
  return checks[content.kind](content, value)
end

--- Whether a value fits. Gives true and the value, with defaults filled in (in a copy, if any were); or
-- false and a sentence that begins with the path, for which root stands at its beginning.
function schema.check(node, value, root)
  local content = contents[node]
  if not content then error("schema.check: expected a schema node, got " .. kind_of(node), 2) end
  local fits, checked, message = check_content(content, value)
  if fits then return true, checked end
  return false, (root or "value") .. checked .. ": " .. message
end

-- ---- Plain text ----------------------------------------------------------------------------------

local function text_arguments(where, text, part)
  if type(text) ~= "string" then fail(where, "a string", text, 4) end
  if type(part) ~= "string" then fail(where, "a string", part, 4) end
end

--- Whether text begins with prefix, ends with suffix, or has part in it. Nothing in them is a pattern.
function schema.starts_with(text, prefix)
  text_arguments("starts_with", text, prefix)
  return sub(text, 1, #prefix) == prefix
end
function schema.ends_with(text, suffix)
  text_arguments("ends_with", text, suffix)
  return suffix == "" or sub(text, -#suffix) == suffix
end
function schema.contains(text, part)
  text_arguments("contains", text, part)
  return find(text, part, 1, true) ~= nil
end

--- Whether a value is one of those in a list.
function schema.one_of(value, list)
  if type(list) ~= "table" then fail("one_of", "a list", list) end
  for _, item in ipairs(list) do
    if rawequal(item, value) then return true end
  end
  return false
end

-- ---- For the generators ------------------------------------------------------------------------

--- What a node is made of: a copy of its kind, limits and parts.
function schema.inspect(node)
  local content = contents[node]
  if not content then error("schema.inspect: expected a schema node, got " .. kind_of(node), 2) end
  local copy = {}
  for key, value in next, content do copy[key] = value end
  if copy.kind == "template" then copy.text = template_text(content) end
  return copy
end

schema.quote = quote
schema.kind_of = kind_of
schema.sorted_keys = sorted_keys

return schema
