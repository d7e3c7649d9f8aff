/* The request that a policy's functions get: one read-only table per state, which answers from the
 * operation at hand. Fields are made as they are asked for: most policies look at few. */
#include <lauxlib.h>
#include <string.h>

#include "base/utf8.h"
#include "policy/sandbox_read_only.h"
#include "policy/state.h"
#include "policy/values.h"

static void push_text(lua_State *lua, text_view text) {
  if (text.data == NULL) {
    lua_pushnil(lua);
  } else {
    lua_pushlstring(lua, text.data, text.length);
  }
}

static void push_time(lua_State *lua, int64_t time) {
  if (time == SS_NO_EXPIRY) {
    lua_pushnil(lua);
  } else {
    lua_pushinteger(lua, time);
  }
}

static void push_operation(lua_State *lua, policy_state *state) {
  lua_pushstring(lua, state->subject->operation);
}
static void push_namespace(lua_State *lua, policy_state *state) {
  push_text(lua, state->subject->namespace_name);
}
static void push_name(lua_State *lua, policy_state *state) { push_text(lua, state->subject->name); }
static void push_actor(lua_State *lua, policy_state *state) {
  push_text(lua, state->subject->actor);
}
static void push_now(lua_State *lua, policy_state *state) {
  lua_pushinteger(lua, state->subject->now);
}
static void push_expires_at(lua_State *lua, policy_state *state) {
  push_time(lua, state->subject->expires_at);
}
static void push_metadata(lua_State *lua, policy_state *state) {
  const text_view metadata = state->subject->metadata;
  if (metadata.data == NULL) {
    lua_pushnil(lua);
  } else {
    state_push_view(state, VIEW_METADATA, metadata);
  }
}

/* Always a table, so that request.context.host is nil and no error. */
static void push_context(lua_State *lua, policy_state *state) {
  (void)lua;
  state_push_context(state, state->subject->context);
}

static void push_current(lua_State *lua, policy_state *state) {
  const policy_current *current = &state->subject->current;
  if (!current->found) {
    lua_pushnil(lua);
    return;
  }
  lua_createtable(lua, 0, 3);
  if (current->metadata.data != NULL) {
    state_push_json(state, current->metadata);
    lua_setfield(lua, -2, "metadata");
  }
  lua_pushinteger(lua, current->revision);
  lua_setfield(lua, -2, "revision");
  push_time(lua, current->expires_at);
  lua_setfield(lua, -2, "expires_at");
  values_make_view(lua);
}

/* Of the value nothing but this ever enters a state. */
static void push_value(lua_State *lua, policy_state *state) {
  const policy_subject *subject = state->subject;
  if (!subject->has_value) {
    lua_pushnil(lua);
    return;
  }
  const text_view text = {(const char *)subject->value.data, subject->value.length};
  const bool is_text = text.length == 0 || utf8_valid_length(text) == text.length;
  lua_createtable(lua, 0, 2);
  lua_pushinteger(lua, (lua_Integer)text.length);
  lua_setfield(lua, -2, "length");
  lua_pushstring(lua, is_text ? "text" : "binary");
  lua_setfield(lua, -2, "kind");
  values_make_view(lua);
}

static const struct {
  const char *name;
  void (*push)(lua_State *lua, policy_state *state);
} fields[] = {
    {"operation", push_operation}, {"namespace", push_namespace},
    {"name", push_name},           {"actor", push_actor},
    {"context", push_context},     {"metadata", push_metadata},
    {"current", push_current},     {"expires_at", push_expires_at},
    {"value", push_value},         {"now", push_now},
};
enum { FIELD_COUNT = sizeof fields / sizeof fields[0] };

/* NULL outside a call: a policy may have kept the request. */
static policy_state *running_state(lua_State *lua) {
  policy_state *state = (policy_state *)(void *)sandbox_of(lua);
  if (state->subject == NULL) (void)luaL_error(lua, "a request is there during its call only");
  return state;
}

static int request_index(lua_State *lua) {
  policy_state *state = running_state(lua);
  const char *name = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "";
  for (int i = 0; i < FIELD_COUNT; i++) {
    if (strcmp(fields[i].name, name) != 0) continue;
    fields[i].push(lua, state);
    return 1;
  }
  return luaL_error(lua, "a request has no field \"%s\"", name);
}

static int request_pairs(lua_State *lua) {
  policy_state *state = running_state(lua);
  lua_createtable(lua, 0, FIELD_COUNT);
  for (int i = 0; i < FIELD_COUNT; i++) {
    fields[i].push(lua, state);
    lua_setfield(lua, -2, fields[i].name);
  }
  (void)lua_getglobal(lua, "next");
  lua_insert(lua, -2);
  lua_pushnil(lua);
  return 3;
}

static int request_refuses_change(lua_State *lua) {
  return luaL_error(lua, "what a request says cannot be changed");
}

void request_make(lua_State *lua) {
  static const luaL_Reg events[] = {{"__index", request_index},
                                    {"__pairs", request_pairs},
                                    {"__newindex", request_refuses_change},
                                    {NULL, NULL}};
  lua_newtable(lua);
  lua_createtable(lua, 0, 5);
  luaL_setfuncs(lua, events, 0);
  lua_pushliteral(lua, "read-only");
  lua_setfield(lua, -2, "__metatable");
  sandbox_mark_read_only(lua);
  (void)lua_setmetatable(lua, -2);
}
