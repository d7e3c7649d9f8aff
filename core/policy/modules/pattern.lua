-- Lua patterns, read item by item: to refuse a malformed one when a schema is made and not when it is
-- first matched, and to translate those that have an exact equal into ECMA-262 regular expressions.
--
-- Lua matches bytes, regular expressions characters. An item that can match a byte beyond ASCII
-- ("byte-sensitive": a dot, a complement) means the same in both only if it is repeated and stands
-- between items that cannot, so that no character is ever cut in two.

local pattern = {}

local byte, char, find, format, sub = string.byte, string.char, string.find, string.format, string.sub
local concat = table.concat

-- Of ASCII, as the C locale has it; in a regular expression's brackets.
local classes = {
  a = "A-Za-z",
  c = "\\u0000-\\u001f\\u007f",
  d = "0-9",
  g = "\\u0021-\\u007e",
  l = "a-z",
  p = "!-\\/:-@\\[-`{-~",
  s = "\\t\\n\\u000b\\f\\r ",
  u = "A-Z",
  w = "0-9A-Za-z",
  x = "0-9A-Fa-f",
}

-- One character as it stands in a regular expression, in brackets or outside.
local function escape(character)
  if find(character, "^[%w ]$") then return character end
  return format("\\u%04x", byte(character))
end

-- What follows a %: a set in brackets, whether it is byte-sensitive, or nil if it is no single item.
local function read_class(letter)
  local lower = letter:lower()
  if classes[lower] and lower ~= letter then return "[^" .. classes[lower] .. "]", true end
  if classes[lower] then return "[" .. classes[lower] .. "]", false end
  if find(letter, "^%W$") then return escape(letter), byte(letter) > 127 end
  return nil
end

-- The end of a set [...], which begins at start; nil if it has none.
local function end_of_set(text, start)
  local position = start + 1
  if sub(text, position, position) == "^" then position = position + 1 end
  repeat -- the first character may be ]
    local current = sub(text, position, position)
    if current == "" then return nil end
    position = position + (current == "%" and 2 or 1)
  until sub(text, position, position) == "]" or position > #text
  return position <= #text and position or nil
end

-- The contents of a set, as a regular expression has them.
local function read_set(text, start, finish)
  local parts = {}
  local complement = sub(text, start + 1, start + 1) == "^"
  local sensitive = complement
  local position = start + (complement and 2 or 1)
  while position < finish do
    local current = sub(text, position, position)
    if current == "%" then
      local letter = sub(text, position + 1, position + 1)
      local lower = letter:lower()
      if classes[lower] and lower ~= letter then return nil end -- a complement within a set
      parts[#parts + 1] = classes[lower] or escape(letter)
      sensitive = sensitive or byte(letter) > 127
      position = position + 2
    elseif sub(text, position + 1, position + 1) == "-" and position + 2 < finish then
      local last = sub(text, position + 2, position + 2)
      if byte(current) > 127 or byte(last) > 127 then return nil end
      if byte(current) <= byte(last) then parts[#parts + 1] = escape(current) .. "-" .. escape(last) end
      position = position + 3
    else
      if byte(current) > 127 then return nil end
      parts[#parts + 1] = escape(current)
      position = position + 1
    end
  end
  if #parts == 0 then return nil end
  return "[" .. (complement and "^" or "") .. concat(parts) .. "]", sensitive
end

-- Reads the pattern. Gives a list of items { text, sensitive, quantifier, exact }, or nil and what is
-- wrong with it.
local function read(text)
  local items = {}
  local open_captures = 0
  local position = 1
  if sub(text, 1, 1) == "^" then return nil, "it always matches the whole text, so it must not begin with ^" end
  while position <= #text do
    local current = sub(text, position, position)
    local item = { exact = true }
    local next_position
    if current == "(" then
      open_captures = open_captures + 1
      if sub(text, position + 1, position + 1) == ")" then item.exact = false end
      next_position = position + 1
      item.empty = true
    elseif current == ")" then
      open_captures = open_captures - 1
      if open_captures < 0 then return nil, "a ) has no (" end
      next_position = position + 1
      item.empty = true
    elseif current == "$" and position == #text then
      return nil, "it always matches the whole text, so it must not end with $"
    elseif current == "%" then
      local letter = sub(text, position + 1, position + 1)
      if letter == "" then return nil, "it ends with a %" end
      next_position = position + 2
      if letter == "b" then
        if position + 3 > #text then return nil, "%b needs two characters" end
        next_position = position + 4
        item.exact, item.fixed = false, true
      elseif letter == "f" then
        local finish = sub(text, position + 2, position + 2) == "[" and end_of_set(text, position + 2)
        if not finish then return nil, "%f needs a set in brackets" end
        next_position = finish + 1
        item.exact, item.fixed = false, true
      elseif find(letter, "%d") then
        if letter == "0" then return nil, "there is no capture %0" end
        item.exact, item.fixed = false, true
      else
        item.text, item.sensitive = read_class(letter)
        if not item.text then
          if find(letter, "%a") then return nil, format("%%%s is no class", letter) end
          item.exact = false
        end
      end
    elseif current == "[" then
      local finish = end_of_set(text, position)
      if not finish then return nil, "a [ has no ]" end
      item.text, item.sensitive = read_set(text, position, finish)
      item.exact = item.text ~= nil
      next_position = finish + 1
    elseif current == "." then
      item.text, item.sensitive = "[\\s\\S]", true
      next_position = position + 1
    else
      item.exact = byte(current) < 128
      item.text = item.exact and escape(current) or nil
      next_position = position + 1
    end
    local quantifier = sub(text, next_position, next_position)
    if not item.empty and not item.fixed and find(quantifier, "^[%*%+%-%?]$") then
      item.quantifier = quantifier
      next_position = next_position + 1
    end
    items[#items + 1] = item
    position = next_position
  end
  if open_captures > 0 then return nil, "a ( has no )" end
  return items
end

--- Whether text is a well-formed pattern for whole texts. False and what is wrong otherwise.
function pattern.check(text)
  local items, fault = read(text)
  if not items then return false, fault end
  -- What remains is for Lua itself to refuse, such as too many captures.
  local good, message = pcall(find, "", "^" .. text .. "$")
  if not good then return false, message end
  return true
end

local regex_quantifiers = { ["*"] = "*", ["+"] = "+", ["-"] = "*", ["?"] = "?" }

-- Whether an item keeps two neighbours apart whatever is matched.
local function separates(item)
  return item == nil or (not item.sensitive and (item.quantifier == nil or item.quantifier == "+"))
end

--- The body of an ECMA-262 regular expression that matches the same texts, without anchors; nil if
-- there is no exact one.
function pattern.to_regex(text)
  local items = read(text)
  if not items then return nil end
  local solid, parts = {}, {}
  for _, item in ipairs(items) do
    if not item.exact then return nil end
    if not item.empty then solid[#solid + 1] = item end
  end
  for index, item in ipairs(solid) do
    if item.sensitive then
      local repeated = item.quantifier and item.quantifier ~= "?"
      if not repeated or not separates(solid[index - 1]) or not separates(solid[index + 1]) then
        return nil
      end
    end
    parts[#parts + 1] = item.text .. (regex_quantifiers[item.quantifier] or "")
  end
  return concat(parts)
end

--- Text as a regular expression that matches just it.
function pattern.quote(text)
  local parts = {}
  for _, code in utf8.codes(text) do
    local character = utf8.char(code)
    if code < 128 then
      parts[#parts + 1] = escape(char(code))
    else
      parts[#parts + 1] = character
    end
  end
  return concat(parts)
end

return pattern
