-- Text of a policy on its way into a generated file, where it must stay text: in a comment it must not end
-- the line or the comment, and nothing in it may show code in another order than it has.

local source_text = {}

local byte, format = string.byte, string.format
local utf8_len = utf8.len

-- What some language, editor or reader ends a line at: beside \n also \r, \v, \f, the separators of
-- ASCII, U+0085, U+2028 and U+2029.
local line_ends = { "\r\n", "[\r\v\f\x1c-\x1e]", "\xc2\x85", "\xe2\x80[\xa8\xa9]" }

-- Control characters, byte order marks, and what turns the direction of the text around it.
local unseen = { "[\0-\9\14-\31\127]", "\xc2[\x80-\x9f]", "\xe2\x80[\x8e\x8f\xaa-\xae]",
  "\xe2\x81[\xa6-\xa9]", "\xef\xbb\xbf" }

local function hexadecimal(character) return format("\\x%02x", byte(character)) end

--- The lines of a text, without anything that is not seen. Bytes that are no UTF-8 stand as \xNN.
function source_text.lines(text)
  if not utf8_len(text) then text = text:gsub("[\x80-\xff]", hexadecimal) end
  for _, line_end in ipairs(line_ends) do text = text:gsub(line_end, "\n") end
  for _, character in ipairs(unseen) do text = text:gsub(character, " ") end
  local lines = {}
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
  return lines
end

local function unicode_escapes(sequence)
  local _, code = utf8.codes(sequence)(sequence, 0)
  return format("\\u%04x", code)
end

--- Escapes as \uNNNN what JSON, TypeScript and Python let stand in a string, and should not stand there.
-- Bytes that are no UTF-8 become the characters of Latin-1.
function source_text.escape_unseen(text)
  if not utf8_len(text) then
    return (text:gsub("[\x80-\xff]", function(character) return format("\\u%04x", byte(character)) end))
  end
  for index = 2, #unseen do text = text:gsub(unseen[index], unicode_escapes) end
  return (text:gsub("\xe2\x80[\xa8\xa9]", unicode_escapes))
end

return source_text
