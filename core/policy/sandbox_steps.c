/* Taking steps from a run's budget: by the hook as instructions pass, and by whoever works without
 * passing any. */
#include <lauxlib.h>

#include "policy/sandbox.h"

sandbox *sandbox_of(lua_State *lua) {
  sandbox *const *place = lua_getextraspace(lua);
  return *place;
}

static void raise_exhausted(lua_State *lua, int level) {
  luaL_where(lua, level);
  lua_pushstring(lua, sandbox_of(lua)->budget.exhausted);
  lua_concat(lua, 2);
  (void)lua_error(lua);
}

static void count_instructions(lua_State *lua, lua_Debug *activation) {
  (void)activation;
  sandbox *self = sandbox_of(lua);
  self->budget.steps_unlooked += self->look_interval;
  if (budget_look(&self->budget)) return;
  sandbox_look_each(self, 1);
  raise_exhausted(lua, 0); /* to a hook, 0 is what runs */
}

/* Lua lets a hook be set at any point, even by a signal handler. */
static void set_hook(sandbox *self, int interval) {
  self->look_interval = interval;
  if (self->is_running) lua_sethook(self->lua, count_instructions, LUA_MASKCOUNT, interval);
}

void sandbox_watch(sandbox *self) { set_hook(self, self->look_interval); }

void sandbox_look_each(sandbox *self, int instructions) {
  if (instructions < self->look_interval) set_hook(self, instructions);
}

void sandbox_note(sandbox *self, int64_t steps) {
  if (!self->is_running) return; /* a state is being made or freed */
  if (!budget_take(&self->budget, steps)) sandbox_look_each(self, 1);
}

void sandbox_charge(lua_State *lua, int64_t steps) {
  sandbox *self = sandbox_of(lua);
  sandbox_note(self, steps);
  if (self->budget.exhausted != NULL) raise_exhausted(lua, 1);
}
