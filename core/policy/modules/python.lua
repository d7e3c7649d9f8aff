-- Prints a policy's namespaces, names and metadata as Python types, for Python 3.11 and later.

local schema = require "schema"
local json_writer = require "json_writer"
local source_text = require "source_text"

local python = {}

local find, format = string.find, string.format
local concat = table.concat

local MAX_LITERALS = 256 -- of a template whose parts are all finite

local keywords = {}
for word in ([[False None True and as assert async await break class continue def del elif else except finally for
  from global if import in is lambda nonlocal not or pass raise return try while with yield]]):gmatch("%a+") do
  keywords[word] = true
end

-- JSON's escapes are Python's too, but for a character beyond the BMP, which stands as it is.
local function literal(value)
  if type(value) == "string" then return json_writer.string(value) end
  if value == true then return "True" end
  if value == false then return "False" end
  if getmetatable(value) == "null" then return "None" end
  return tostring(value)
end

local function literals(list)
  local quoted = {}
  for index, text in ipairs(list) do quoted[index] = literal(text) end
  return "Literal[" .. concat(quoted, ", ") .. "]"
end

-- Every text that a template can be; nil if there are too many or no end of them.
local function template_texts(content)
  local texts = { "" }
  for _, part in ipairs(content.parts) do
    local choices
    if type(part) == "string" then
      choices = { part }
    else
      local of = schema.inspect(part)
      choices = of.kind == "literal" and { of.value } or of.kind == "template" and template_texts(of)
        or of.kind == "enum" and of.list
      if not choices then return nil end
    end
    local longer = {}
    for _, start in ipairs(texts) do
      for _, choice in ipairs(choices) do longer[#longer + 1] = start .. choice end
    end
    if #longer > MAX_LITERALS then return nil end
    texts = longer
  end
  return texts
end

-- Types that records need are declared before they are used; name is what a nested one is called by.
local Printer = {}
Printer.__index = Printer

local function camel(text)
  local name = text:gsub("[^%w]+(%w?)", function(c) return c:upper() end):gsub("^%l", string.upper)
  return find(name, "^%a") and name or "Field" .. name
end

function Printer:unique(name)
  local chosen, number = name, 2
  while self.taken[chosen] do chosen, number = name .. number, number + 1 end
  self.taken[chosen] = true
  return chosen
end

local function is_missing_allowed(content) return content.is_optional or content.default_value ~= nil end

local function doc_lines(text, indent)
  if not text then return "" end
  local lines = source_text.lines(text)
  for index, line in ipairs(lines) do lines[index] = line:gsub('[\\"]', "\\%0") end
  return format('%s"""%s"""\n', indent, concat(lines, "\n" .. indent))
end

local function comment_lines(text, indent)
  if not text then return "" end
  return indent .. "# " .. concat(source_text.lines(text), "\n" .. indent .. "# ") .. "\n"
end

-- Whether a key can be an attribute of a class: there, one that begins with __ would be another's.
local function is_attribute(key) return find(key, "^[%a_][%w_]*$") and not find(key, "^__") and not keywords[key] end

function Printer:field(name, key, node)
  local content = schema.inspect(node)
  local text = self:type_of(node, name .. camel(key))
  return is_missing_allowed(content) and "NotRequired[" .. text .. "]" or text, content
end

-- An open record is a mapping to a type checker: a TypedDict has no other keys.
function Printer:declare_record(name, content)
  name = self:unique(name)
  if content.is_open then
    self.lines[#self.lines + 1] = format("%s%s: TypeAlias = dict[str, Any]\n\n\n",
      comment_lines(content.description, ""), name)
    return name
  end
  local fields, functional = {}, false
  for _, key in ipairs(content.keys) do
    functional = functional or not is_attribute(key)
  end
  for index, key in ipairs(content.keys) do
    local text, field = self:field(name, key, content.fields[key])
    if functional then
      fields[index] = format("%s        %s: %s,\n", comment_lines(field.description, "        "), literal(key), text)
    else
      fields[index] = format("    %s: %s\n%s", key, text, doc_lines(field.description, "    "))
    end
  end
  if functional then
    self.lines[#self.lines + 1] = format("%s%s = TypedDict(\n    %s,\n    {\n%s    },\n)\n\n\n",
      comment_lines(content.description, ""), name, literal(name), concat(fields))
  else
    if #fields == 0 then fields[1] = "    pass\n" end
    self.lines[#self.lines + 1] = format("class %s(TypedDict):\n%s%s\n\n", name,
      doc_lines(content.description, "    "), concat(fields))
  end
  return name
end

local printers = {}

function printers.string(_, content) return content.list and literals(content.list) or "str" end
function printers.integer() return "int" end
function printers.number() return "float" end
function printers.boolean() return "bool" end
function printers.enum(_, content) return literals(content.list) end
function printers.literal(_, content)
  if getmetatable(content.value) == "null" then return "None" end
  if math.type(content.value) == "float" then return "float" end
  return "Literal[" .. literal(content.value) .. "]"
end
function printers.template(_, content)
  local texts = template_texts(content)
  return texts and literals(texts) or "str"
end
function printers.array(self, content, name) return "list[" .. self:type_of(content.item, name .. "Item") .. "]" end
function printers.record(self, content, name) return self:declare_record(name, content) end
function printers.map(self, content, name)
  local key = content.key and self:type_of(content.key, name .. "Key") or "str"
  return format("dict[%s, %s]", key, self:type_of(content.value, name .. "Value"))
end
function printers.union(self, content, name)
  local members = {}
  for index, node in ipairs(content.nodes) do members[index] = self:type_of(node, name .. index) end
  return concat(members, " | ")
end

function Printer:type_of(node, name)
  local content = schema.inspect(node)
  local text = printers[content.kind](self, content, name)
  return content.is_nullable and text .. " | None" or text
end

function Printer:declare(name, node, otherwise)
  if not node then
    self.lines[#self.lines + 1] = format("%s: TypeAlias = %s\n", self:unique(name), otherwise)
    return
  end
  local content = schema.inspect(node)
  if content.kind == "record" and not content.is_nullable then
    self:declare_record(name, content)
    return
  end
  self.taken[name] = true
  local text = self:type_of(node, name .. "Value")
  self.lines[#self.lines + 1] = format("%s%s: TypeAlias = %s\n", comment_lines(content.description, ""), name, text)
end

--- The text of a .py file; options.hash is the policy's.
function python.generate(compiled, options)
  local source, rules = compiled.source, compiled.rules
  local self = setmetatable({ lines = {}, taken = {} }, Printer)
  local lines = self.lines
  lines[1] = '"""Generated by secretstore from a policy; do not edit."""\n\n'
  lines[2] = "from typing import Any, Literal, NotRequired, TypeAlias, TypedDict\n\n"
  lines[3] = comment_lines(source.description, "") .. format("POLICY_HASH = %s\n\n", json_writer.string(options.hash))
  lines[4] = '__all__ = ["POLICY_HASH", "Metadata", "Name", "Namespace"]\n\n'
  self:declare("Namespace", source.namespace, "str")
  self:declare("Name", source.name, "str")
  lines[#lines + 1] = "\n\n"
  local members = {}
  for _, rule in ipairs(rules) do
    if rule.own_metadata then
      self:declare(rule.title .. "Metadata", rule.metadata)
      members[#members + 1] = rule.title .. "Metadata"
    end
  end
  local any = "dict[str, Any]"
  if #members == 0 then
    self:declare("Metadata", source.metadata, any)
  else
    self:declare("DefaultMetadata", source.metadata, any)
    lines[#lines + 1] = format("Metadata: TypeAlias = DefaultMetadata | %s\n", concat(members, " | "))
  end
  lines[#lines + 1] = "_ = (Any, Literal, NotRequired, TypedDict)  # not every policy needs all of them\n"
  return (concat(lines):gsub("\n\n\n\n+", "\n\n\n"))
end

return python
