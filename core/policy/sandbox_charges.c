/* Lua's own library functions, with what they touch taken from the budget before they run: their
 * arguments, their results and, in some, the bytes of their first argument. (What they allocate,
 * the allocator takes. Those that touch a fixed number of values are as Lua has them.) */
#include <lauxlib.h>

#include "policy/sandbox.h"

enum { VALUES_PER_STEP = 8 };

/* Upvalues: the function, and whether it goes over its first argument. It runs in this one's place,
 * as if it were called itself: errors name it as they would. */
static int charge_and_run(lua_State *lua) {
  int64_t steps = 1 + lua_gettop(lua) / VALUES_PER_STEP;
  if (lua_toboolean(lua, lua_upvalueindex(2)) != 0 && lua_type(lua, 1) == LUA_TSTRING) {
    steps += steps_for_bytes(lua_rawlen(lua, 1));
  }
  sandbox_charge(lua, steps);
  const int results = lua_tocfunction(lua, lua_upvalueindex(1))(lua);
  sandbox_note(sandbox_of(lua), results / VALUES_PER_STEP);
  return results;
}

void sandbox_charge_functions(lua_State *lua, const char *const *names, bool are_readers) {
  for (; *names != NULL; names++) {
    (void)lua_getfield(lua, -1, *names);
    lua_pushboolean(lua, are_readers);
    lua_pushcclosure(lua, charge_and_run, 2);
    lua_setfield(lua, -2, *names);
  }
}
