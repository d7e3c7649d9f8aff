/* Making a state: libraries, the policy's text, its compiled form, and its rules in C's terms. */
#include "policy/state.h"

#include <lauxlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "policy/values.h"

typedef struct loading {
  policy_state *state;
  const policy *of;
} loading;

/* ---- Rules --------------------------------------------------------------------------------- */

static bool read_integer_field(lua_State *lua, const char *name, int64_t *number) {
  const bool found = lua_getfield(lua, -1, name) == LUA_TNUMBER;
  *number = found ? lua_tointeger(lua, -1) : 0;
  lua_pop(lua, 1);
  return found;
}

static void read_expiry_rule(lua_State *lua, expiry_rule *rule) {
  *rule = (expiry_rule){0};
  if (!lua_istable(lua, -1)) return;
  rule->has_default = read_integer_field(lua, "default_ms", &rule->default_ms);
  rule->has_max = read_integer_field(lua, "max_ms", &rule->max_ms);
  (void)lua_getfield(lua, -1, "required");
  rule->required = lua_toboolean(lua, -1) != 0;
  lua_pop(lua, 1);
}

static size_t read_affix(lua_State *lua, const char *name, char affix[AFFIX_CAPACITY]) {
  size_t length = 0;
  if (lua_getfield(lua, -1, name) == LUA_TSTRING) {
    const char *text = lua_tolstring(lua, -1, &length);
    if (length > AFFIX_CAPACITY) {
      (void)luaL_error(lua, "policy.value.%s: expected at most %d bytes", name, AFFIX_CAPACITY);
    }
    memcpy(affix, text, length);
  }
  lua_pop(lua, 1);
  return length;
}

static void read_value_rule(lua_State *lua, value_rule *rule) {
  *rule = (value_rule){0};
  if (!lua_istable(lua, -1)) return;
  rule->has_min = read_integer_field(lua, "min_length", &rule->min_length);
  rule->has_max = read_integer_field(lua, "max_length", &rule->max_length);
  rule->prefix_length = read_affix(lua, "prefix", rule->prefix);
  rule->suffix_length = read_affix(lua, "suffix", rule->suffix);
  if (lua_getfield(lua, -1, "kind") == LUA_TSTRING) {
    rule->kind = strcmp(lua_tostring(lua, -1), "text") == 0 ? VALUE_TEXT : VALUE_BINARY;
  }
  lua_pop(lua, 1);
}

static void read_rules(lua_State *lua, policy_state *state) {
  (void)lua_getfield(lua, -1, "rules");
  state->rule_count = (size_t)lua_rawlen(lua, -1);
  lua_pop(lua, 1);
  state->expiry_rules = memory_new((state->rule_count + 1) * sizeof *state->expiry_rules);
  state->value_rules = memory_new((state->rule_count + 1) * sizeof *state->value_rules);
  if (state->expiry_rules == NULL || state->value_rules == NULL) {
    sandbox_raise_out_of_memory(lua);
    return;
  }
  (void)lua_getfield(lua, -1, "expiry_rules");
  (void)lua_getfield(lua, -2, "value_rules");
  for (size_t i = 0; i <= state->rule_count; i++) {
    (void)lua_rawgeti(lua, -2, (lua_Integer)i);
    read_expiry_rule(lua, &state->expiry_rules[i]);
    lua_pop(lua, 1);
    (void)lua_rawgeti(lua, -1, (lua_Integer)i);
    read_value_rule(lua, &state->value_rules[i]);
    lua_pop(lua, 1);
  }
  lua_pop(lua, 2);
}

/* ---- Loading ------------------------------------------------------------------------------- */

static int take_function(lua_State *lua, const char *name) {
  if (lua_getfield(lua, -1, name) == LUA_TFUNCTION) return luaL_ref(lua, LUA_REGISTRYINDEX);
  lua_pop(lua, 1);
  return LUA_NOREF;
}

/* The compiled policy is on the top. */
static void keep_parts(lua_State *lua, policy_state *state) {
  compiled_parts *parts = &state->parts;
  read_rules(lua, state);
  parts->check_target = take_function(lua, "check_target");
  parts->check_metadata = take_function(lua, "check_metadata");
  parts->authorize = take_function(lua, "authorize");
  parts->normalize = take_function(lua, "normalize");
  parts->enrich = take_function(lua, "enrich");
  (void)lua_getfield(lua, -1, "has_metadata");
  state->has_metadata_schema = lua_toboolean(lua, -1) != 0;
  lua_pop(lua, 1);
  parts->compiled = luaL_ref(lua, LUA_REGISTRYINDEX);
  for (int i = 0; i < VIEW_SLOTS; i++) {
    lua_pushboolean(lua, 0);
    state->views[i].reference = luaL_ref(lua, LUA_REGISTRYINDEX);
  }
  request_make(lua);
  parts->request = luaL_ref(lua, LUA_REGISTRYINDEX);
}

static int load_body(lua_State *lua) {
  const loading *self = lua_touserdata(lua, 1);
  const policy *of = self->of;
  sandbox_open_libraries(lua);
  values_setup(lua);
  sandbox_load(lua, (text_view){of->text, of->length}, of->name);
  lua_call(lua, 0, 1);
  sandbox_freeze_globals(lua);
  if (lua_type(lua, -1) != LUA_TTABLE) {
    return luaL_error(lua, "policy: expected the file to return a table, got %s",
                      luaL_typename(lua, -1));
  }
  sandbox_require(lua, "policy");
  (void)lua_getfield(lua, -1, "compile");
  lua_pushvalue(lua, -3);
  lua_call(lua, 1, 1);
  keep_parts(lua, self->state);
  return 0;
}

static ss_status load(policy_state *state, const policy *of, ss_error *error) {
  GUARD(sandbox_init(&state->box, &of->limits, of->log, error));
  loading context = {state, of};
  const ss_status status = sandbox_run_long(&state->box, load_body, &context, error);
  if (status != SS_POLICY_FAILED) return status;
  if (error != NULL) error->code = SS_POLICY_INVALID;
  return SS_POLICY_INVALID;
}

ss_status state_new(const policy *of, policy_state **made, ss_error *error) {
  *made = NULL;
  policy_state *state = memory_new(sizeof *state);
  if (state == NULL) return error_out_of_memory(error);
  const ss_status status = load(state, of, error);
  if (status != SS_OK) {
    state_free(state);
    return status;
  }
  *made = state;
  return SS_OK;
}

void state_free(policy_state *state) {
  if (state == NULL) return;
  state_forget_documents(state);
  sandbox_clear(&state->box);
  memory_free(state->expiry_rules);
  memory_free(state->value_rules);
  memory_free(state);
}
