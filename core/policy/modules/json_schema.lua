-- Prints a policy's namespaces, names and metadata as JSON Schema (draft 2020-12).

local pattern = require "pattern"
local schema = require "schema"
local json_writer = require "json_writer"

local json_schema = {}

local concat = table.concat
local ordered = json_writer.ordered

-- Anchors: $ would let a newline through in some languages.
local function whole(regex) return "^(?:" .. regex .. ")(?![\\s\\S])" end

local describe

local function add(fields, key, value)
  if value ~= nil then fields[#fields + 1] = { key, value } end
end

local function length_quantifier(content)
  if not content.min_length and not content.max_length then return "*" end
  return "{" .. (content.min_length or 0) .. "," .. (content.max_length or "") .. "}"
end

-- The regular expression of a template's part; nil if there is no exact one.
local function part_regex(part)
  if type(part) == "string" then return pattern.quote(part) end
  local content = schema.inspect(part)
  if content.list and not content.pattern and not content.min_length and not content.max_length then
    local choices = {}
    for index, text in ipairs(content.list) do choices[index] = pattern.quote(text) end
    return "(?:" .. concat(choices, "|") .. ")"
  end
  if content.kind == "literal" then return pattern.quote(content.value) end
  if content.kind == "integer" then
    if content.min or content.max then return nil end
    return nil -- 64 bits have no short regular expression
  end
  if content.kind == "template" then
    local parts = {}
    for index, inner in ipairs(content.parts) do
      parts[index] = part_regex(inner)
      if not parts[index] then return nil end
    end
    return concat(parts)
  end
  if content.list then return nil end
  if not content.pattern then return "[\\s\\S]" .. length_quantifier(content) end
  if content.min_length or content.max_length then return nil end
  local regex = pattern.to_regex(content.pattern)
  return regex and "(?:" .. regex .. ")"
end

local printers = {}

function printers.string(content, fields)
  add(fields, "type", "string")
  add(fields, "minLength", content.min_length)
  add(fields, "maxLength", content.max_length)
  if content.list then add(fields, "enum", schema.list { table.unpack(content.list) }) end
  if not content.pattern then return end
  local regex = pattern.to_regex(content.pattern)
  add(fields, "pattern", regex and whole(regex))
  add(fields, "$comment", not regex and "Lua pattern: " .. content.pattern or nil)
end

local function add_range(content, fields)
  add(fields, "minimum", content.min)
  add(fields, "maximum", content.max)
end

function printers.integer(content, fields)
  add(fields, "type", "integer")
  add_range(content, fields)
end
function printers.number(content, fields)
  add(fields, "type", "number")
  add_range(content, fields)
end
function printers.boolean(_, fields) add(fields, "type", "boolean") end
function printers.enum(content, fields) add(fields, "enum", schema.list { table.unpack(content.list) }) end
function printers.literal(content, fields) add(fields, "const", content.value) end
function printers.array(content, fields)
  add(fields, "type", "array")
  add(fields, "items", describe(content.item))
  add(fields, "minItems", content.min_items)
  add(fields, "maxItems", content.max_items)
end
function printers.record(content, fields)
  local properties, required = {}, {}
  for index, key in ipairs(content.keys) do
    local field = schema.inspect(content.fields[key])
    properties[index] = { key, describe(content.fields[key]) }
    if not field.is_optional and field.default_value == nil then required[#required + 1] = key end
  end
  add(fields, "type", "object")
  add(fields, "properties", ordered(properties))
  if #required > 0 then add(fields, "required", schema.list(required)) end
  if not content.is_open then add(fields, "additionalProperties", false) end
end
function printers.map(content, fields)
  add(fields, "type", "object")
  if content.key then add(fields, "propertyNames", describe(content.key)) end
  add(fields, "additionalProperties", describe(content.value))
end
function printers.union(content, fields)
  local members = {}
  for index, node in ipairs(content.nodes) do members[index] = describe(node) end
  add(fields, "anyOf", schema.list(members))
end
function printers.template(content, fields)
  local parts = {}
  add(fields, "type", "string")
  for index, part in ipairs(content.parts) do
    parts[index] = part_regex(part)
    if not parts[index] then
      add(fields, "$comment", "template: " .. content.text)
      return
    end
  end
  add(fields, "pattern", whole(concat(parts)))
end

function describe(node)
  local content, fields = schema.inspect(node), {}
  if content.is_nullable then
    local inner = {}
    printers[content.kind](content, inner)
    add(fields, "anyOf", schema.list { ordered(inner), ordered { { "type", "null" } } })
  else
    printers[content.kind](content, fields)
  end
  add(fields, "description", content.description)
  add(fields, "default", content.default_value)
  return ordered(fields)
end

--- The text of a .json file; options.hash is the policy's.
function json_schema.generate(compiled, options)
  local source, rules = compiled.source, compiled.rules
  local definitions, members = {}, {}
  local any_object = ordered { { "type", "object" } }
  local function define(name, node, otherwise)
    definitions[#definitions + 1] = { name, node and describe(node) or otherwise }
  end
  define("Namespace", source.namespace, ordered { { "type", "string" } })
  define("Name", source.name, ordered { { "type", "string" } })
  for _, rule in ipairs(rules) do
    if rule.own_metadata then
      define(rule.title .. "Metadata", rule.metadata)
      members[#members + 1] = ordered { { "$ref", "#/$defs/" .. rule.title .. "Metadata" } }
    end
  end
  if #members == 0 then
    define("Metadata", source.metadata, any_object)
  else
    define("DefaultMetadata", source.metadata, any_object)
    members[#members + 1] = ordered { { "$ref", "#/$defs/DefaultMetadata" } }
    definitions[#definitions + 1] = { "Metadata", ordered { { "anyOf", schema.list(members) } } }
  end
  local document = {
    { "$schema", "https://json-schema.org/draft/2020-12/schema" },
    { "$comment", "Generated by secretstore from a policy; do not edit. Policy hash: " .. options.hash },
  }
  add(document, "description", source.description)
  add(document, "$defs", ordered(definitions))
  add(document, "$ref", "#/$defs/Metadata")
  return json_writer.write(ordered(document)) .. "\n"
end

return json_schema
