/* The state, its allocator, its budgets. */
#include "policy/sandbox.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/status.h"

enum { INSTRUCTIONS_PER_LOOK = 200, NS_PER_MS = 1000000 };
#define NS_PER_SECOND INT64_C(1000000000)

static int64_t monotonic_ns(void) {
  struct timespec now = {0};
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

sandbox *sandbox_of(lua_State *lua) {
  sandbox *const *place = lua_getextraspace(lua);
  return *place;
}

/* ---- Memory -------------------------------------------------------------------------------- */

/* What shrinks stays where it is, since Lua relies on that to succeed; what is let go is wiped. */
static void *allocate(void *context, void *block, size_t old_size, size_t new_size) {
  sandbox *self = context;
  if (block == NULL) old_size = 0; /* else it is the kind of object to be */
  if (block == NULL && new_size == 0) return NULL;
  if (new_size <= old_size) {
    memory_wipe((unsigned char *)block + new_size, old_size - new_size);
    self->memory_used -= old_size - new_size;
    if (new_size > 0) return block;
    memory_free(block);
    return NULL;
  }
  const size_t growth = new_size - old_size;
  if (growth > self->limits.memory_bytes - self->memory_used) return NULL;
  void *grown = memory_new_unfilled(new_size);
  if (grown == NULL) {
    self->ran_out_of_memory = true;
    return NULL;
  }
  if (old_size > 0) memcpy(grown, block, old_size);
  if (block != NULL) memory_wipe_and_free(block, old_size);
  self->memory_used += growth;
  return grown;
}

/* ---- Budgets ------------------------------------------------------------------------------- */

static void look_at_budget(lua_State *lua, lua_Debug *activation) {
  (void)activation;
  sandbox *self = sandbox_of(lua);
  if (self->exhausted == NULL) {
    self->instructions_left -= INSTRUCTIONS_PER_LOOK;
    if (self->instructions_left <= 0) {
      self->exhausted = "it took more instructions than its budget";
    } else if (monotonic_ns() > self->deadline_ns) {
      self->exhausted = "it took more time than its budget";
    }
    if (self->exhausted != NULL) lua_sethook(lua, look_at_budget, LUA_MASKCOUNT, 1);
  }
  if (self->exhausted == NULL) return;
  luaL_where(lua, 0); /* to a hook, level 0 is the function that runs */
  lua_pushstring(lua, self->exhausted);
  lua_concat(lua, 2);
  (void)lua_error(lua);
}

static void begin_budget(sandbox *self) {
  self->exhausted = NULL;
  self->ran_out_of_memory = false;
  self->raised_out_of_memory = false;
  self->instructions_left = self->limits.instructions;
  self->deadline_ns = monotonic_ns() + self->limits.deadline_ms * NS_PER_MS;
  lua_sethook(self->lua, look_at_budget, LUA_MASKCOUNT, INSTRUCTIONS_PER_LOOK);
}

/* ---- Life ---------------------------------------------------------------------------------- */

ss_status sandbox_init(sandbox *self, const policy_limits *limits, const log_sink *log,
                       ss_error *error) {
  *self = (sandbox){.limits = *limits, .log = log};
  self->lua = lua_newstate(allocate, self);
  if (self->lua == NULL) return error_out_of_memory(error);
  sandbox **place = lua_getextraspace(self->lua);
  *place = self;
  return SS_OK;
}

void sandbox_clear(sandbox *self) {
  if (self->lua != NULL) lua_close(self->lua);
  *self = (sandbox){0};
}

void sandbox_raise_out_of_memory(lua_State *lua) {
  sandbox_of(lua)->raised_out_of_memory = true;
  (void)luaL_error(lua, "out of memory");
}

/* ---- Running ------------------------------------------------------------------------------- */

/* The length of "name:line:" at the beginning of a message; 0 if there is none. */
static size_t location_length(text_view message) {
  for (size_t i = 0; i + 1 < message.length; i++) {
    if (message.data[i] != ':') continue;
    size_t end = i + 1;
    while (end < message.length && message.data[end] >= '0' && message.data[end] <= '9') end++;
    if (end > i + 1 && end < message.length && message.data[end] == ':') return end;
    if (i > sizeof((ss_error *)0)->policy_location) break;
  }
  return 0;
}

static void replace_controls(char *text) {
  for (; *text != '\0'; text++) {
    if ((unsigned char)*text < 0x20 || *text == 0x7f) *text = ' ';
  }
}

void sandbox_describe_failure(text_view message, ss_status code, ss_error *error) {
  if (error == NULL) return;
  const size_t located = location_length(message);
  const size_t skipped = located == 0 ? 0 : located + 1;
  text_view rest = {message.data + skipped, message.length - skipped};
  while (rest.length > 0 && rest.data[0] == ' ') rest.data++, rest.length--;
  (void)error_set(error, code, "%.*s", (int)rest.length, rest.data);
  (void)snprintf(error->policy_location, sizeof error->policy_location, "%.*s", (int)located,
                 message.data);
  replace_controls(error->message);
  replace_controls(error->policy_location);
}

/* The message is read raw: an error object's metamethods do not run. */
static ss_status report_failure(sandbox *self, int outcome, ss_error *error) {
  lua_State *lua = self->lua;
  if (self->raised_out_of_memory) return error_out_of_memory(error);
  if (outcome == LUA_ERRMEM && self->ran_out_of_memory) return error_out_of_memory(error);
  if (outcome == LUA_ERRMEM && self->exhausted == NULL) {
    return error_set(error, SS_POLICY_FAILED,
                     "the policy took more memory than its limit of %zu bytes",
                     self->limits.memory_bytes);
  }
  if (lua_type(lua, -1) == LUA_TSTRING) {
    text_view message;
    message.data = lua_tolstring(lua, -1, &message.length);
    sandbox_describe_failure(message, SS_POLICY_FAILED, error);
  } else {
    (void)error_set(error, SS_POLICY_FAILED,
                    "the policy raised an error that is a %s, not a message",
                    lua_typename(lua, lua_type(lua, -1)));
  }
  if (self->exhausted == NULL || error == NULL) return SS_POLICY_FAILED;
  char location[sizeof error->policy_location];
  memcpy(location, error->policy_location, sizeof location);
  (void)error_set(error, SS_POLICY_FAILED, "the policy was stopped: %s", self->exhausted);
  memcpy(error->policy_location, location, sizeof location);
  return SS_POLICY_FAILED;
}

ss_status sandbox_run(sandbox *self, lua_CFunction body, void *context, ss_error *error) {
  lua_State *lua = self->lua;
  begin_budget(self);
  lua_pushcfunction(lua, body);
  lua_pushlightuserdata(lua, context);
  const int outcome = lua_pcall(lua, 1, 0, 0);
  lua_sethook(lua, NULL, 0, 0);
  const ss_status status = outcome == LUA_OK ? SS_OK : report_failure(self, outcome, error);
  lua_settop(lua, 0);
  return status;
}
