/* Guards around table functions: they believe what a table's metamethods say of its length, and
 * would count to it in one C call. So those that shift or sort take plain tables only, of bounded
 * length. */
#include <lauxlib.h>

#include "policy/sandbox.h"

enum { MAX_SORTED = 100000, MAX_MOVED = 1000000 };

static int pass_on(lua_State *lua) {
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
  return lua_gettop(lua);
}

/* JSON arrays have a metatable without functions that matter here. */
static void check_plain(lua_State *lua, int index, const char *function) {
  luaL_checktype(lua, index, LUA_TTABLE);
  if (lua_getmetatable(lua, index) == 0) return;
  static const char *const dangerous[] = {"__len", "__index", "__newindex"};
  for (size_t i = 0; i < sizeof dangerous / sizeof dangerous[0]; i++) {
    lua_pushstring(lua, dangerous[i]);
    if (lua_rawget(lua, -2) != LUA_TNIL) {
      (void)luaL_error(lua, "table.%s: expected a table without %s", function, dangerous[i]);
    }
    lua_pop(lua, 1);
  }
  lua_pop(lua, 1);
}

static int guarded_insert(lua_State *lua) {
  check_plain(lua, 1, "insert");
  return pass_on(lua);
}

static int guarded_remove(lua_State *lua) {
  check_plain(lua, 1, "remove");
  return pass_on(lua);
}

static int guarded_sort(lua_State *lua) {
  check_plain(lua, 1, "sort");
  if (lua_rawlen(lua, 1) > MAX_SORTED) {
    return luaL_error(lua, "table.sort: expected at most %d items", MAX_SORTED);
  }
  return pass_on(lua);
}

static int guarded_move(lua_State *lua) {
  const lua_Integer from = luaL_checkinteger(lua, 2);
  const lua_Integer to = luaL_checkinteger(lua, 3);
  if (to >= from && (lua_Unsigned)to - (lua_Unsigned)from >= MAX_MOVED) {
    return luaL_error(lua, "table.move: expected at most %d items", MAX_MOVED);
  }
  check_plain(lua, 1, "move");
  if (lua_istable(lua, 5)) check_plain(lua, 5, "move");
  return pass_on(lua);
}

/* Views may be joined and unpacked: their length is what it is. Others may not say of themselves.
 */
static int guarded_reader(lua_State *lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  if (!sandbox_is_read_only(lua, 1)) check_plain(lua, 1, "concat or unpack");
  return pass_on(lua);
}

void sandbox_guard_tables(lua_State *lua) {
  static const luaL_Reg guarded[] = {
      {"insert", guarded_insert},
      {"remove", guarded_remove},
      {"sort", guarded_sort},
      {"move", guarded_move},
      {"concat", guarded_reader},
      {"unpack", guarded_reader},
      {NULL, NULL},
  };
  for (const luaL_Reg *one = guarded; one->name != NULL; one++) {
    (void)lua_getfield(lua, -1, one->name);
    lua_pushcclosure(lua, one->func, 1);
    lua_setfield(lua, -2, one->name);
  }
}
