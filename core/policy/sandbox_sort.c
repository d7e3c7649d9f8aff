/* table.sort: a merge sort, of n log n comparisons whatever the order function says, which takes
 * each comparison and the bytes it compares from the budget. (Lua's own can take n * n of them, and
 * calls C functions, which no hook sees, to compare.)
 *
 * Passes go over runs of 1, 2, 4... sorted items, from one table to the other and back. Items are
 * read and written raw: the table is a plain one. */
#include <lauxlib.h>
#include <string.h>

#include "policy/sandbox.h"

enum { TABLE = 1, ORDER = 2, SPARE = 3, COMPARE_STEPS = 4 };

/* ---- Comparing ----------------------------------------------------------------------------- */

static bool is_text_before(lua_State *lua, int left, int right) {
  size_t left_length = 0;
  size_t right_length = 0;
  const char *left_text = lua_tolstring(lua, left, &left_length);
  const char *right_text = lua_tolstring(lua, right, &right_length);
  const size_t shared = left_length < right_length ? left_length : right_length;
  sandbox_charge(lua, steps_for_bytes(shared));
  const int order = memcmp(left_text, right_text, shared);
  return order != 0 ? order < 0 : left_length < right_length;
}

/* Whether the value on the top comes before the one below it. */
static bool is_top_before(lua_State *lua) {
  sandbox_charge(lua, COMPARE_STEPS);
  if (lua_isnil(lua, ORDER)) {
    if (lua_type(lua, -1) == LUA_TSTRING && lua_type(lua, -2) == LUA_TSTRING) {
      return is_text_before(lua, -1, -2);
    }
    return lua_compare(lua, -1, -2, LUA_OPLT) != 0;
  }
  lua_pushvalue(lua, ORDER);
  lua_pushvalue(lua, -2);
  lua_pushvalue(lua, -4);
  lua_call(lua, 2, 1);
  const bool is_before = lua_toboolean(lua, -1) != 0;
  lua_pop(lua, 1);
  return is_before;
}

/* ---- Merging ------------------------------------------------------------------------------- */

typedef struct pass {
  int from; /* indexes of tables */
  int to;
  lua_Integer width;
  lua_Integer count;
} pass;

static void move_item(lua_State *lua, const pass *self, lua_Integer from, lua_Integer to) {
  (void)lua_rawgeti(lua, self->from, from);
  lua_rawseti(lua, self->to, to);
}

/* Of equal items the left one comes first: the sort is stable. */
static bool is_right_first(lua_State *lua, const pass *self, lua_Integer left, lua_Integer right) {
  (void)lua_rawgeti(lua, self->from, left);
  (void)lua_rawgeti(lua, self->from, right);
  const bool is_first = is_top_before(lua);
  lua_pop(lua, 2);
  return is_first;
}

static void merge_runs(lua_State *lua, const pass *self, lua_Integer start) {
  const lua_Integer last = self->count + 1;
  const lua_Integer middle = start + self->width < last ? start + self->width : last;
  const lua_Integer end = middle + self->width < last ? middle + self->width : last;
  lua_Integer left = start;
  lua_Integer right = middle;
  for (lua_Integer to = start; to < end; to++) {
    const bool takes_right =
        left == middle || (right < end && is_right_first(lua, self, left, right));
    move_item(lua, self, takes_right ? right++ : left++, to);
  }
}

static void run_pass(lua_State *lua, const pass *self) {
  for (lua_Integer start = 1; start <= self->count; start += 2 * self->width) {
    merge_runs(lua, self, start);
  }
  sandbox_charge(lua, self->count);
}

int sandbox_sort(lua_State *lua) {
  luaL_checktype(lua, TABLE, LUA_TTABLE);
  if (lua_isnoneornil(lua, ORDER) == 0) luaL_checktype(lua, ORDER, LUA_TFUNCTION);
  if (lua_iscfunction(lua, ORDER) != 0) {
    return luaL_error(lua, "table.sort: expected a Lua function, got a C function");
  }
  lua_settop(lua, 2);
  pass self = {TABLE, SPARE, 1, (lua_Integer)lua_rawlen(lua, TABLE)};
  lua_createtable(lua, (int)self.count, 0);
  for (; self.width < self.count; self.width *= 2) {
    run_pass(lua, &self);
    self.to = self.from;
    self.from = self.to == TABLE ? SPARE : TABLE;
  }
  for (lua_Integer i = 1; self.from == SPARE && i <= self.count; i++) {
    lua_rawgeti(lua, SPARE, i);
    lua_rawseti(lua, TABLE, i);
  }
  return 0;
}
