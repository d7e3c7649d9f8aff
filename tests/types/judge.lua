-- Judges values by a policy file, for test_types.py: `lua judge.lua POLICY`. Each line of standard input
-- is KIND (namespace, name or metadata), a tab, and the value as a Lua expression over the names null and
-- list; for each it prints true or false.

package.path = os.getenv("LUA_MODULES") .. "/?.lua"

local s = require "schema"
local compiled = require("policy").compile(dofile(arg[1]))

for line in io.lines() do
  local kind, expression = line:match("^(%l+)\t(.*)$")
  local value = assert(load("local null, list = ... return " .. expression))(s.null, s.list)
  local fits
  if kind == "metadata" then
    fits = compiled.check_metadata(0, value)
  else
    local node = compiled.source[kind]
    if node then fits = s.check(node, value) else fits = type(value) == "string" end
  end
  print(fits)
end
