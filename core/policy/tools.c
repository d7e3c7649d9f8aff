/* Describing a policy, and printing its types. */
#include <lauxlib.h>
#include <string.h>

#include "base/status.h"
#include "policy/state.h"

typedef struct tool_run {
  policy_call *call;
  const char *module; /* of the generator; NULL: describe */
  byte_buffer *text;
} tool_run;

static void append_top(tool_run *self, lua_State *lua) {
  size_t length = 0;
  const char *text = luaL_checklstring(lua, -1, &length);
  buffer_append(self->text, text, length);
}

static int describe_body(lua_State *lua) {
  tool_run *self = lua_touserdata(lua, 1);
  (void)lua_rawgeti(lua, LUA_REGISTRYINDEX, self->call->state->parts.compiled);
  (void)lua_getfield(lua, -1, "describe");
  lua_call(lua, 0, 1);
  append_top(self, lua);
  return 0;
}

static int generate_body(lua_State *lua) {
  tool_run *self = lua_touserdata(lua, 1);
  sandbox_require(lua, self->module);
  (void)lua_getfield(lua, -1, "generate");
  (void)lua_rawgeti(lua, LUA_REGISTRYINDEX, self->call->state->parts.compiled);
  lua_createtable(lua, 0, 1);
  lua_pushstring(lua, self->call->policy->hash);
  lua_setfield(lua, -2, "hash");
  lua_call(lua, 2, 1);
  append_top(self, lua);
  return 0;
}

static ss_status run(tool_run *self, lua_CFunction body, ss_error *error) {
  const ss_status status = sandbox_run_long(&self->call->state->box, body, self, error);
  if (status != SS_OK) self->call->spoilt = true;
  GUARD(status);
  return buffer_status(self->text, error);
}

ss_status policy_describe(policy_call *call, byte_buffer *text, ss_error *error) {
  tool_run self = {call, NULL, text};
  return run(&self, describe_body, error);
}

ss_status policy_generate_types(policy_call *call, const char *language, byte_buffer *text,
                                ss_error *error) {
  static const struct {
    const char *language;
    const char *module;
  } generators[] = {
      {"typescript", "typescript"}, {"python", "python"}, {"json-schema", "json_schema"}};
  for (size_t i = 0; i < sizeof generators / sizeof generators[0]; i++) {
    if (language == NULL || strcmp(generators[i].language, language) != 0) continue;
    tool_run self = {call, generators[i].module, text};
    return run(&self, generate_body, error);
  }
  return error_set(error, SS_INVALID_ARGUMENT,
                   "language: expected typescript, python or json-schema, got \"%.80s\"",
                   language == NULL ? "" : language);
}
