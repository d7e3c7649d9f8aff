/* The state and its runs. */
#include "policy/sandbox.h"

#include <lauxlib.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "policy/sandbox_memory.h"

/* Loading compiles the bundled modules too, and happens once per state. */
enum { LONG_RUN_FACTOR = 20 };

static const run_limits short_run = {.block_bytes = 1 << 20, .table_keys = 1 << 12};
static const run_limits long_run = {.block_bytes = 4 << 20, .table_keys = 1 << 15};

/* ---- Life ---------------------------------------------------------------------------------- */

ss_status sandbox_init(sandbox *self, const policy_limits *limits, const log_sink *log,
                       ss_error *error) {
  *self =
      (sandbox){.limits = *limits, .run = long_run, .log = log, .look_interval = STEPS_PER_LOOK};
  self->lua = lua_newstate(sandbox_allocate, self);
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

/* What was raised is on the top. It is read raw: an error object's metamethods do not run. */
static void report_raised(lua_State *lua, ss_error *error) {
  if (lua_type(lua, -1) == LUA_TSTRING) {
    text_view message;
    message.data = lua_tolstring(lua, -1, &message.length);
    sandbox_describe_failure(message, SS_POLICY_FAILED, error);
  } else {
    (void)error_set(error, SS_POLICY_FAILED,
                    "the policy raised an error that is a %s, not a message",
                    luaL_typename(lua, -1));
  }
}

/* Where it was stopped, if it did not come to its end before that was noticed. */
static void report_exhausted(const sandbox *self, ss_error *error) {
  char location[sizeof error->policy_location] = "";
  if (error == NULL) return;
  if (lua_gettop(self->lua) > 0) {
    report_raised(self->lua, error);
    memcpy(location, error->policy_location, sizeof location);
  }
  (void)error_set(error, SS_POLICY_FAILED, "the policy was stopped: %s", self->budget.exhausted);
  memcpy(error->policy_location, location, sizeof location);
}

static ss_status report_failure(const sandbox *self, int outcome, ss_error *error) {
  if (self->raised_out_of_memory) return error_out_of_memory(error);
  if (outcome == LUA_ERRMEM && self->ran_out_of_memory) return error_out_of_memory(error);
  if (self->budget.exhausted != NULL) {
    report_exhausted(self, error);
  } else if (outcome == LUA_ERRMEM) {
    (void)error_set(error, SS_POLICY_FAILED,
                    "the policy took more memory than its limits of %zu bytes, %zu in one piece, "
                    "and %zu keys in a table",
                    self->limits.memory_bytes, self->run.block_bytes, self->run.table_keys);
  } else {
    report_raised(self->lua, error);
  }
  return SS_POLICY_FAILED;
}

static void begin(sandbox *self, int factor) {
  budget_begin(&self->budget, self->limits.instructions * factor,
               self->limits.deadline_ms * factor);
  self->run = factor == 1 ? short_run : long_run;
  self->ran_out_of_memory = false;
  self->raised_out_of_memory = false;
  self->writes_tables = false;
  self->is_running = true;
  sandbox_watch(self);
}

static void end(sandbox *self) {
  self->is_running = false;
  lua_sethook(self->lua, NULL, 0, 0);
  lua_settop(self->lua, 0);
}

static ss_status run(sandbox *self, int factor, lua_CFunction body, void *context,
                     ss_error *error) {
  begin(self, factor);
  lua_pushcfunction(self->lua, body);
  lua_pushlightuserdata(self->lua, context);
  const int outcome = lua_pcall(self->lua, 1, 0, 0);
  const bool is_good = outcome == LUA_OK && self->budget.exhausted == NULL;
  const ss_status status = is_good ? SS_OK : report_failure(self, outcome, error);
  end(self);
  return status;
}

/* Under the C locale, whatever the host has set for itself: what letters are, how texts compare and
 * how numbers look must not differ between hosts, and collating takes 10 times as long. */
static ss_status run_in_c_locale(sandbox *self, int factor, lua_CFunction body, void *context,
                                 ss_error *error) {
  const locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (c_locale == (locale_t)0) return error_out_of_memory(error);
  const locale_t before = uselocale(c_locale);
  const ss_status status = run(self, factor, body, context, error);
  (void)uselocale(before);
  freelocale(c_locale);
  return status;
}

ss_status sandbox_run(sandbox *self, lua_CFunction body, void *context, ss_error *error) {
  return run_in_c_locale(self, 1, body, context, error);
}

ss_status sandbox_run_long(sandbox *self, lua_CFunction body, void *context, ss_error *error) {
  return run_in_c_locale(self, LONG_RUN_FACTOR, body, context, error);
}
