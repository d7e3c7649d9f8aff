-- Writes values as JSON text, keys in a given or in alphabetical order: for the type generators.

local source_text = require "source_text"

local json_writer = {}

local format = string.format
local concat, sort = table.concat, table.sort

--- An object whose keys keep this order: { {key, value}, ... }.
local Ordered = {}

function json_writer.ordered(pairs_in_order) return setmetatable(pairs_in_order, Ordered) end

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

--- A JSON string, which is one of TypeScript and of Python too.
function json_writer.string(text)
  local escaped = text:gsub('[%c"\\]', function(c) return escapes[c] or format("\\u%04x", c:byte()) end)
  return '"' .. source_text.escape_unseen(escaped) .. '"'
end

local function number(value)
  if math.type(value) == "integer" then return tostring(value) end
  if value == math.floor(value) and value > -1e15 and value < 1e15 then return format("%d", value) end
  return (format("%.17g", value))
end

local write

local function write_lines(open, close, lines, indent)
  if #lines == 0 then return open .. close end
  local inner = indent .. "  "
  return open .. "\n" .. inner .. concat(lines, ",\n" .. inner) .. "\n" .. indent .. close
end

local function write_object(value, indent)
  local lines, entries = {}, {}
  if getmetatable(value) == Ordered then
    entries = value
  else
    for key, item in pairs(value) do entries[#entries + 1] = { key, item } end
    sort(entries, function(a, b) return a[1] < b[1] end)
  end
  for index, entry in ipairs(entries) do
    lines[index] = json_writer.string(entry[1]) .. ": " .. write(entry[2], indent .. "  ")
  end
  return write_lines("{", "}", lines, indent)
end

function write(value, indent)
  local kind = type(value)
  if getmetatable(value) == "null" then return "null" end
  if kind == "string" then return json_writer.string(value) end
  if kind == "number" then return number(value) end
  if kind == "boolean" then return tostring(value) end
  local is_list = getmetatable(value) == "list" or #value > 0 and getmetatable(value) ~= Ordered
  if not is_list then return write_object(value, indent) end
  local lines = {}
  for index, item in ipairs(value) do lines[index] = write(item, indent .. "  ") end
  return write_lines("[", "]", lines, indent)
end

--- The JSON text of a value: tables as schema values are (schema.list, schema.null), or ordered.
function json_writer.write(value) return write(value, "") end

return json_writer
