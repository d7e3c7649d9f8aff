/* Table functions of our own. Lua's believe what a table's metamethods say of its length, and would
 * count to it in one C call: so those that shift, move or sort take plain tables only. */
#include <lauxlib.h>
#include <lualib.h>

#include "policy/sandbox.h"
#include "policy/sandbox_read_only.h"

enum { MOST_READ = 1 << 16 }; /* no stack holds more */

/* JSON arrays have a metatable without functions that matter here. */
static void check_plain(lua_State *lua, int index, const char *function) {
  luaL_checktype(lua, index, LUA_TTABLE);
  static const char *const dangerous[] = {"__len", "__index", "__newindex"};
  for (size_t i = 0; i < sizeof dangerous / sizeof dangerous[0]; i++) {
    if (luaL_getmetafield(lua, index, dangerous[i]) == LUA_TNIL) continue;
    (void)luaL_error(lua, "table.%s: expected a table without %s", function, dangerous[i]);
  }
}

/* How many there are from first to last; no more than most. */
static int64_t count_between(lua_Integer first, lua_Integer last, int64_t most) {
  if (last < first) return 0;
  const lua_Unsigned count = (lua_Unsigned)last - (lua_Unsigned)first;
  return count < (lua_Unsigned)most ? (int64_t)count + 1 : most;
}

/* Lua's own function, which is upvalue 1, in place of the one that runs. */
static int run_own(lua_State *lua) {
  sandbox *self = sandbox_of(lua);
  self->writes_tables = true;
  const int results = lua_tocfunction(lua, lua_upvalueindex(1))(lua);
  self->writes_tables = false;
  return results;
}

/* ---- Shifting ------------------------------------------------------------------------------ */

/* At the end it is one step; elsewhere all items behind the place move. */
static void charge_shift(lua_State *lua, bool has_place) {
  const int64_t count = (int64_t)lua_rawlen(lua, 1);
  const int64_t place = has_place ? (int64_t)luaL_checkinteger(lua, 2) : count;
  sandbox_charge(lua, 1 + count_between(place, count, count + 1));
}

static int guarded_insert(lua_State *lua) {
  check_plain(lua, 1, "insert");
  charge_shift(lua, lua_gettop(lua) > 2);
  return run_own(lua);
}

static int guarded_remove(lua_State *lua) {
  check_plain(lua, 1, "remove");
  charge_shift(lua, lua_gettop(lua) > 1);
  return run_own(lua);
}

static int guarded_sort(lua_State *lua) {
  check_plain(lua, 1, "sort");
  return sandbox_sort(lua);
}

/* ---- Moving -------------------------------------------------------------------------------- */

static void move_one(lua_State *lua, int to, lua_Integer from_key, lua_Integer to_key) {
  sandbox *self = sandbox_of(lua);
  sandbox_charge(lua, 2);
  (void)lua_rawgeti(lua, 1, from_key);
  self->writes_tables = true;
  lua_rawseti(lua, to, to_key);
  self->writes_tables = false;
}

static bool moves_backwards(lua_Integer first, lua_Integer last, lua_Integer to, bool is_same) {
  return is_same && to > first && to <= last;
}

static int charged_move(lua_State *lua) {
  const lua_Integer first = luaL_checkinteger(lua, 2);
  const lua_Integer last = luaL_checkinteger(lua, 3);
  const lua_Integer to = luaL_checkinteger(lua, 4);
  const int table = lua_isnoneornil(lua, 5) != 0 ? 1 : 5;
  check_plain(lua, 1, "move");
  check_plain(lua, table, "move");
  if (last >= first) {
    luaL_argcheck(lua, first > 0 || last < LUA_MAXINTEGER + first, 3, "too many elements to move");
    luaL_argcheck(lua, to <= LUA_MAXINTEGER - (last - first), 4, "destination wrap around");
    const bool backwards = moves_backwards(first, last, to, lua_rawequal(lua, 1, table) != 0);
    for (lua_Integer i = 0; i <= last - first; i++) {
      const lua_Integer offset = backwards ? last - first - i : i;
      move_one(lua, table, first + offset, to + offset);
    }
  }
  lua_pushvalue(lua, table);
  return 1;
}

/* ---- Reading ------------------------------------------------------------------------------- */

/* Views may be joined and unpacked: their length is what it is. Others may not say of
 * themselves. */
static void charge_range(lua_State *lua, int first_argument, const char *function) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  if (!sandbox_is_read_only(lua, 1)) check_plain(lua, 1, function);
  lua_settop(lua, first_argument + 1);
  const lua_Integer first = luaL_optinteger(lua, first_argument, 1);
  const lua_Integer last = luaL_opt(lua, luaL_checkinteger, first_argument + 1, luaL_len(lua, 1));
  sandbox_charge(lua, 1 + count_between(first, last, MOST_READ));
}

static int charged_concat(lua_State *lua) {
  charge_range(lua, 3, "concat");
  return run_own(lua);
}

static int charged_unpack(lua_State *lua) {
  charge_range(lua, 2, "unpack");
  return run_own(lua);
}

void sandbox_set_tables(lua_State *lua) {
  static const luaL_Reg guarded[] = {
      {"insert", guarded_insert},
      {"remove", guarded_remove},
      {"sort", guarded_sort},
      {"move", charged_move},
      {"concat", charged_concat},
      {"unpack", charged_unpack},
      {NULL, NULL},
  };
  (void)lua_getglobal(lua, LUA_TABLIBNAME);
  for (const luaL_Reg *one = guarded; one->name != NULL; one++) {
    (void)lua_getfield(lua, -1, one->name);
    lua_pushcclosure(lua, one->func, 1);
    lua_setfield(lua, -3, one->name);
  }
  lua_pop(lua, 1);
}
