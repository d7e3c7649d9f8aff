/* Base functions of our own, for policies and the bundled modules. */
#include <lauxlib.h>
#include <string.h>

#include "policy/sandbox.h"

enum { PRINT_STEPS = 1000 };

/* ---- tostring and print -------------------------------------------------------------------- */

static void push_kind(lua_State *lua, int index) {
  const int type = luaL_getmetafield(lua, index, "__name");
  if (type == LUA_TSTRING) return;
  if (type != LUA_TNIL) lua_pop(lua, 1);
  lua_pushstring(lua, luaL_typename(lua, index));
}

const char *sandbox_tostring(lua_State *lua, int index, size_t *length) {
  const int absolute = lua_absindex(lua, index);
  const int type = lua_type(lua, absolute);
  const bool has_address = type >= LUA_TTABLE || type == LUA_TLIGHTUSERDATA;
  if (!has_address || luaL_getmetafield(lua, absolute, "__tostring") != LUA_TNIL) {
    if (has_address) lua_pop(lua, 1);
    return luaL_tolstring(lua, absolute, length);
  }
  push_kind(lua, absolute);
  return lua_tolstring(lua, -1, length);
}

static int tostring(lua_State *lua) {
  luaL_checkany(lua, 1);
  sandbox_charge(lua, 1);
  (void)sandbox_tostring(lua, 1, NULL);
  return 1;
}

/* Joins the arguments by tabs, as they are: all are strings. */
static void join_arguments(lua_State *lua, int count) {
  luaL_Buffer line;
  luaL_buffinit(lua, &line);
  for (int i = 1; i <= count; i++) {
    if (i > 1) luaL_addchar(&line, '\t');
    lua_pushvalue(lua, i);
    luaL_addvalue(&line);
  }
  luaL_pushresult(&line);
}

static void log_line(const log_sink *log, const char *printed, size_t length) {
  char text[512];
  if (length >= sizeof text) length = sizeof text - 1;
  for (size_t i = 0; i < length; i++) {
    text[i] = printed[i];
    if ((unsigned char)printed[i] < 0x20 || printed[i] == 0x7f) text[i] = ' ';
  }
  text[length] = '\0';
  log_write(log, SS_LOG_DEBUG, "policy: %s", text);
}

/* To the log at debug, as one line. A __tostring may print, so nothing large is on the stack while
 * one runs. */
static int print_to_log(lua_State *lua) {
  const int count = lua_gettop(lua);
  const log_sink *log = sandbox_of(lua)->log;
  sandbox_charge(lua, PRINT_STEPS);
  for (int i = 1; i <= count; i++) {
    (void)sandbox_tostring(lua, i, NULL);
    lua_replace(lua, i);
  }
  if (log == NULL) return 0;
  join_arguments(lua, count);
  size_t length = 0;
  const char *printed = lua_tolstring(lua, -1, &length);
  log_line(log, printed, length);
  return 0;
}

/* ---- next and pairs ------------------------------------------------------------------------ */

/* Where many fields are nil, it passes over all of them. */
static int charged_next(lua_State *lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_settop(lua, 2);
  sandbox_charge(lua, NEXT_STEPS);
  if (lua_next(lua, 1) != 0) return 2;
  lua_pushnil(lua);
  return 1;
}

static int pairs_of(lua_State *lua) {
  luaL_checkany(lua, 1);
  if (luaL_getmetafield(lua, 1, "__pairs") == LUA_TNIL) {
    lua_pushcfunction(lua, charged_next);
    lua_pushvalue(lua, 1);
    lua_pushnil(lua);
  } else {
    lua_pushvalue(lua, 1);
    lua_call(lua, 1, 3);
  }
  return 3;
}

/* ---- rawset and xpcall --------------------------------------------------------------------- */

static int guarded_rawset(lua_State *lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_checkany(lua, 3);
  sandbox_charge(lua, 1);
  if (luaL_getmetafield(lua, 1, "__metatable") != LUA_TNIL) {
    return luaL_error(lua, "this table cannot be changed");
  }
  lua_settop(lua, 3);
  sandbox_of(lua)->writes_tables = true;
  lua_rawset(lua, 1);
  sandbox_of(lua)->writes_tables = false;
  return 1;
}

/* Lua runs a message handler before the stack unwinds; if the error came from the budget's hook,
 * hooks are off then, and the handler would have no end. Here it runs after. */
static int guarded_xpcall(lua_State *lua) {
  luaL_checktype(lua, 2, LUA_TFUNCTION);
  sandbox_charge(lua, 1);
  lua_pushvalue(lua, 2);
  lua_insert(lua, 1); /* handler, function, handler, arguments */
  lua_remove(lua, 3);
  const int outcome = lua_pcall(lua, lua_gettop(lua) - 2, LUA_MULTRET, 0);
  lua_pushboolean(lua, outcome == LUA_OK);
  if (outcome == LUA_OK) {
    lua_replace(lua, 1);
    return lua_gettop(lua);
  }
  lua_insert(lua, 1);                      /* false, handler, what was raised */
  (void)lua_pcall(lua, 1, LUA_MULTRET, 0); /* a handler that raises: that is what was raised */
  return lua_gettop(lua);
}

void sandbox_set_base(lua_State *lua) {
  static const luaL_Reg own[] = {{"next", charged_next},
                                 {"pairs", pairs_of},
                                 {"print", print_to_log},
                                 {"rawset", guarded_rawset},
                                 {"tostring", tostring},
                                 {"xpcall", guarded_xpcall},
                                 {NULL, NULL}};
  luaL_setfuncs(lua, own, 0);
}
