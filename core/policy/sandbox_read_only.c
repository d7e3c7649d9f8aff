/* A read-only table is an empty one in front: its metatable reads what lies behind. */
#include "policy/sandbox_read_only.h"

#include <lauxlib.h>

#include "policy/sandbox.h"

/* The key of the mark in a metatable, by its address. */
static const char read_only_mark = 'r';

static int refuse_change(lua_State *lua) { return luaL_error(lua, "this table cannot be changed"); }

/* next over the table behind, which is upvalue 1. */
static int next_behind(lua_State *lua) {
  lua_settop(lua, 2);
  sandbox_charge(lua, NEXT_STEPS);
  if (lua_next(lua, lua_upvalueindex(1)) != 0) return 2;
  lua_pushnil(lua);
  return 1;
}

static int pairs_behind(lua_State *lua) {
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_pushcclosure(lua, next_behind, 1);
  lua_pushvalue(lua, 1);
  lua_pushnil(lua);
  return 3;
}

static int length_behind(lua_State *lua) {
  lua_pushinteger(lua, (lua_Integer)lua_rawlen(lua, lua_upvalueindex(1)));
  return 1;
}

static void set_closure_over(lua_State *lua, const char *event, lua_CFunction function,
                             int behind) {
  lua_pushvalue(lua, behind);
  lua_pushcclosure(lua, function, 1);
  lua_setfield(lua, -2, event);
}

void sandbox_read_through(lua_State *lua, int front, int behind) {
  lua_createtable(lua, 0, 6);
  lua_pushvalue(lua, behind);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, refuse_change);
  lua_setfield(lua, -2, "__newindex");
  lua_pushliteral(lua, "read-only");
  lua_setfield(lua, -2, "__metatable");
  set_closure_over(lua, "__pairs", pairs_behind, behind);
  set_closure_over(lua, "__len", length_behind, behind);
  lua_pushboolean(lua, 1);
  lua_rawsetp(lua, -2, &read_only_mark);
  (void)lua_setmetatable(lua, front);
}

void sandbox_make_read_only(lua_State *lua) {
  const int behind = lua_gettop(lua);
  lua_newtable(lua);
  sandbox_read_through(lua, behind + 1, behind);
  lua_remove(lua, behind);
}

bool sandbox_is_read_only(lua_State *lua, int index) {
  if (lua_getmetatable(lua, index) == 0) return false;
  const bool marked = lua_rawgetp(lua, -1, &read_only_mark) != LUA_TNIL;
  lua_pop(lua, 2);
  return marked;
}

void sandbox_mark_read_only(lua_State *lua) {
  lua_pushboolean(lua, 1);
  lua_rawsetp(lua, -2, &read_only_mark);
}
