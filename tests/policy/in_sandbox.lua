-- The part of busted that our specs use, for running them inside the sandbox (tests/c/policy): there is
-- no busted in there. Gives { passed, failures }.

local passed, failures, path = 0, {}, {}

local function show(value)
  return type(value) == "string" and string.format("%q", value) or tostring(value)
end

local function same(a, b)
  if a == b then return true end
  if type(a) ~= "table" or type(b) ~= "table" then return false end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

local function check(condition, message) if not condition then error(message, 3) end end

local function equal(expected, got) check(expected == got, "expected " .. show(expected) .. ", got " .. show(got)) end

local assertions = {
  is_true = function(value, message) check(value == true, message or "expected true, got " .. show(value)) end,
  is_false = function(value, message) check(value == false, message or "expected false, got " .. show(value)) end,
  is_nil = function(value, message) check(value == nil, message or "expected nil, got " .. show(value)) end,
  truthy = function(value, message) check(value, message or "expected something true") end,
  has_error = function(called) check(not pcall(called), "expected an error") end,
  are = {
    equal = equal,
    same = function(expected, got) check(same(expected, got), "expected the same") end,
  },
  are_not = { equal = function(a, b) check(a ~= b, "expected another value than " .. show(a)) end },
}
assert = setmetatable(assertions, {
  __call = function(_, condition, message, ...)
    if not condition then error(message or "assertion failed!", 2) end
    return condition, message, ...
  end,
})

function describe(name, body)
  path[#path + 1] = name
  body()
  path[#path] = nil
end

function it(name, body)
  local good, message = pcall(body)
  if good then
    passed = passed + 1
  else
    failures[#failures + 1] = table.concat(path, " ") .. " " .. name .. ": " .. tostring(message)
  end
end

return function() return passed, table.concat(failures, "\n") end
