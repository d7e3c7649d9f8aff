/* String functions of our own, beside those on patterns. */
#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "policy/sandbox.h"

enum { MOST_FORMATTED = 250, CONVERSION_STEPS = 20 };

/* Lua's own would copy nothing n times. */
static int guarded_rep(lua_State *lua) {
  size_t length = 0;
  size_t separator_length = 0;
  (void)luaL_checklstring(lua, 1, &length);
  (void)luaL_checkinteger(lua, 2);
  (void)luaL_optlstring(lua, 3, "", &separator_length);
  sandbox_charge(lua, 1);
  if (length + separator_length > 0) return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
  lua_pushliteral(lua, "");
  return 1;
}

/* Finds the next conversion of a format from *position on, and goes behind it; '\0' at its end. */
static char next_conversion(const char **position, const char *end) {
  for (const char *at = *position; at < end; at++) {
    if (*at != '%') continue;
    at++;
    if (*at == '%') continue;
    at += strspn(at, "-+ #0123456789.");
    *position = at < end ? at + 1 : end;
    return *at;
  }
  *position = end;
  return '\0';
}

/* Makes the value at index a text, if the conversion is for one and it is none, and nothing where
 * it would show an address; gives the steps to format it. */
static int64_t prepare_value(lua_State *lua, int index, char conversion) {
  const int type = lua_type(lua, index);
  const bool is_text = type == LUA_TSTRING || type == LUA_TNUMBER;
  if (conversion == 'p') {
    lua_pushnil(lua);
    lua_replace(lua, index);
  } else if (conversion == 's' && !is_text) {
    (void)sandbox_tostring(lua, index, NULL);
    lua_replace(lua, index);
  }
  return CONVERSION_STEPS + steps_for_bytes(lua_rawlen(lua, index));
}

/* Lua's own would show addresses; and it would call __tostring, which may format again, with a
 * buffer of 1 KiB on the stack. */
static int guarded_format(lua_State *lua) {
  const int count = lua_gettop(lua);
  size_t length = 0;
  const char *position = luaL_checklstring(lua, 1, &length);
  const char *end = position + length;
  int64_t steps = 1 + steps_for_bytes(length);
  if (count > MOST_FORMATTED) {
    return luaL_error(lua, "string.format: expected at most %d values", MOST_FORMATTED - 1);
  }
  for (int i = 2; i <= count; i++) {
    steps += prepare_value(lua, i, next_conversion(&position, end));
  }
  sandbox_charge(lua, steps);
  return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

/* Sets a function over Lua's own, which is its upvalue, in the table on the top. */
static void guard(lua_State *lua, const char *name, lua_CFunction function) {
  (void)lua_getglobal(lua, LUA_STRLIBNAME);
  (void)lua_getfield(lua, -1, name);
  lua_pushcclosure(lua, function, 1);
  lua_setfield(lua, -3, name);
  lua_pop(lua, 1);
}

void sandbox_set_strings(lua_State *lua) {
  guard(lua, "rep", guarded_rep);
  guard(lua, "format", guarded_format);
}
