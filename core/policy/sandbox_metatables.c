/* setmetatable and getmetatable for policies.
 *
 * A table gets a copy of the metatable, made when it is set, and getmetatable gives the one that it
 * is a copy of. So nothing can be added later, and what Lua would do by itself, outside every
 * budget, stays out: finalizers (__gc), closing values (__close: half a million of them on the
 * stack take seconds to unwind) and weak tables (__mode: the collector goes over chains of them
 * again and again, in one instruction).
 * In the copy every event is a function. Lua follows tables as __index, __newindex and __call in a
 * loop, up to 2000 in one instruction, or for ever. */
#include <lauxlib.h>
#include <string.h>

#include "policy/sandbox.h"

static const char original_key = 'o'; /* in a copy: what it is a copy of */

static const char *const refused_events[] = {"__gc", "__close", "__mode", NULL};
static const char *const plain_fields[] = {"__metatable", "__name", NULL};
static const char *const events[] = {"__add",   "__sub",      "__mul",   "__div",      "__mod",
                                     "__pow",   "__unm",      "__idiv",  "__band",     "__bor",
                                     "__bxor",  "__shl",      "__shr",   "__bnot",     "__concat",
                                     "__len",   "__eq",       "__lt",    "__le",       "__call",
                                     "__index", "__newindex", "__pairs", "__tostring", NULL};

/* ---- Events that are no functions; what they are is upvalue 1 ------------------------------ */

static int index_through(lua_State *lua) {
  sandbox_charge(lua, 1);
  lua_settop(lua, 2);
  (void)lua_gettable(lua, lua_upvalueindex(1));
  return 1;
}

static int set_through(lua_State *lua) {
  sandbox_charge(lua, 1);
  lua_settop(lua, 3);
  sandbox_of(lua)->writes_tables = true;
  lua_settable(lua, lua_upvalueindex(1));
  sandbox_of(lua)->writes_tables = false;
  return 0;
}

static int call_through(lua_State *lua) {
  sandbox_charge(lua, 1);
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
  return lua_gettop(lua);
}

/* Replaces the value on the top by a function. */
static void make_function(lua_State *lua, const char *event) {
  lua_CFunction through = call_through;
  if (lua_isfunction(lua, -1)) return;
  if (strcmp(event, "__index") == 0) through = index_through;
  if (strcmp(event, "__newindex") == 0) through = set_through;
  lua_pushcclosure(lua, through, 1);
}

/* ---- The functions ------------------------------------------------------------------------- */

static bool push_field(lua_State *lua, int table, const char *name) {
  lua_pushstring(lua, name);
  if (lua_rawget(lua, table) != LUA_TNIL) return true;
  lua_pop(lua, 1);
  return false;
}

static void set_field(lua_State *lua, int table, const char *name) {
  lua_pushstring(lua, name);
  lua_insert(lua, -2);
  lua_rawset(lua, table);
}

/* Pushes a copy of the metatable at index 2. */
static void push_copy(lua_State *lua) {
  for (const char *const *name = refused_events; *name != NULL; name++) {
    if (push_field(lua, 2, *name)) {
      (void)luaL_error(lua, "setmetatable: %s is not allowed here", *name);
    }
  }
  lua_newtable(lua);
  const int copy = lua_gettop(lua);
  for (const char *const *name = plain_fields; *name != NULL; name++) {
    if (push_field(lua, 2, *name)) set_field(lua, copy, *name);
  }
  for (const char *const *event = events; *event != NULL; event++) {
    if (!push_field(lua, 2, *event)) continue;
    make_function(lua, *event);
    set_field(lua, copy, *event);
  }
  lua_pushvalue(lua, 2);
  lua_rawsetp(lua, copy, &original_key);
}

static int copying_setmetatable(lua_State *lua) {
  const int type = lua_type(lua, 2);
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_argexpected(lua, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
  if (luaL_getmetafield(lua, 1, "__metatable") != LUA_TNIL) {
    return luaL_error(lua, "cannot change a protected metatable");
  }
  sandbox_charge(lua, 10);
  lua_settop(lua, 2);
  if (type == LUA_TTABLE) push_copy(lua);
  (void)lua_setmetatable(lua, 1);
  lua_settop(lua, 1);
  return 1;
}

/* A metatable that is none of the policy's is not shown. */
static int original_getmetatable(lua_State *lua) {
  luaL_checkany(lua, 1);
  if (luaL_getmetafield(lua, 1, "__metatable") != LUA_TNIL) return 1;
  if (lua_getmetatable(lua, 1) == 0) {
    lua_pushnil(lua);
  } else {
    (void)lua_rawgetp(lua, -1, &original_key);
  }
  return 1;
}

void sandbox_set_metatables(lua_State *lua) {
  static const luaL_Reg own[] = {{"setmetatable", copying_setmetatable},
                                 {"getmetatable", original_getmetatable},
                                 {NULL, NULL}};
  luaL_setfuncs(lua, own, 0);
}
