/* Judging an operation: the hooks in their order, and one rule for failure, which is to refuse. */
#include <inttypes.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "base/utf8.h"
#include "policy/state.h"
#include "policy/values.h"

/* What a run is about, and what it came to. */
typedef struct judgement {
  policy_call *call;
  policy_state *state;
  policy_subject *subject;
  ss_error *error; /* filled by a refusal; may be NULL */
  ss_status verdict;
  bool with_authorize;
  lua_Integer rule;
  /* enrich */
  const char *event_type;
  text_view detail;
} judgement;

/* ---- Refusing ------------------------------------------------------------------------------ */

static void refuse(judgement *self, const char *message) {
  self->verdict = error_set(self->error, SS_POLICY_DENIED, "%s", message);
}

/* With the message on the top of the stack. */
static void refuse_with_top(judgement *self) {
  size_t length = 0;
  const char *message = lua_tolstring(self->state->box.lua, -1, &length);
  char shown[sizeof((ss_error *)0)->message];
  (void)snprintf(shown, sizeof shown, "%.*s",
                 (int)(length < sizeof shown ? length : sizeof shown - 1), message);
  for (char *c = shown; *c != '\0'; c++) {
    if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = ' ';
  }
  refuse(self, shown);
}

/* ---- Name and namespace -------------------------------------------------------------------- */

static void push_text_or_nil(lua_State *lua, text_view text) {
  if (text.data == NULL) {
    lua_pushnil(lua);
  } else {
    lua_pushlstring(lua, text.data, text.length);
  }
}

static void check_target(judgement *self) {
  lua_State *lua = self->state->box.lua;
  if (!self->subject->has_target) return;
  (void)lua_rawgeti(lua, LUA_REGISTRYINDEX, self->state->parts.check_target);
  push_text_or_nil(lua, self->subject->namespace_name);
  push_text_or_nil(lua, self->subject->name);
  lua_call(lua, 2, 2);
  if (lua_isinteger(lua, -2) != 0) {
    self->rule = lua_tointeger(lua, -2);
  } else {
    refuse_with_top(self);
  }
  lua_pop(lua, 2);
}

/* ---- Expiry -------------------------------------------------------------------------------- */

static void check_expiry(judgement *self) {
  policy_subject *subject = self->subject;
  const expiry_rule *rule = &self->state->expiry_rules[self->rule];
  if (!subject->writes_expiry) return;
  if (subject->omits_expiry && rule->has_default) {
    subject->expires_at = rule->default_ms > SS_MAX_INTEGER - subject->now
                              ? SS_MAX_INTEGER
                              : subject->now + rule->default_ms;
  }
  if (subject->expires_at == SS_NO_EXPIRY) {
    if (rule->required) refuse(self, "expiry: expected one, got none");
    return;
  }
  const int64_t ttl_ms = subject->expires_at - subject->now;
  if (!rule->has_max || ttl_ms <= rule->max_ms) return;
  self->verdict = error_set(self->error, SS_POLICY_DENIED,
                            "expiry: expected at most %" PRId64 " ms from now, got %" PRId64,
                            rule->max_ms, ttl_ms);
}

/* ---- Metadata ------------------------------------------------------------------------------ */

/* The subject's metadata as a plain table that may be changed, or nil. */
static void push_metadata(judgement *self) {
  if (self->subject->metadata.data == NULL) {
    lua_pushnil(self->state->box.lua);
  } else {
    state_push_copy(self->state, VIEW_METADATA, self->subject->metadata);
  }
}

/* Merges the fields of the table on the top into the one below it, and pops it. */
static void merge_fields(lua_State *lua, const char *what) {
  values_push_behind(lua, -1);
  lua_remove(lua, -2);
  lua_pushnil(lua);
  while (lua_next(lua, -2) != 0) {
    if (lua_type(lua, -2) != LUA_TSTRING) {
      (void)luaL_error(lua, "%s: expected keys that are strings, got a %s", what,
                       luaL_typename(lua, -2));
    }
    sandbox_charge(lua, 1);
    if (lua_istable(lua, -1)) {
      values_push_behind(lua, -1);
      lua_remove(lua, -2);
    }
    lua_pushvalue(lua, -2);
    lua_insert(lua, -2);
    lua_rawset(lua, -5);
  }
  lua_pop(lua, 1);
}

/* Replaces the metadata on the top by the normalized one; whether it changed. */
static bool normalize(judgement *self) {
  lua_State *lua = self->state->box.lua;
  const compiled_parts *parts = &self->state->parts;
  if (parts->normalize == LUA_NOREF) return false;
  (void)lua_rawgeti(lua, LUA_REGISTRYINDEX, parts->normalize);
  (void)lua_rawgeti(lua, LUA_REGISTRYINDEX, parts->request);
  lua_call(lua, 1, 1);
  if (lua_isnil(lua, -1)) {
    lua_pop(lua, 1);
    return false;
  }
  if (!lua_istable(lua, -1)) {
    (void)luaL_error(lua, "normalize: expected a table of fields to merge, or nil, got a %s",
                     luaL_typename(lua, -1));
  }
  if (lua_isnil(lua, -2)) {
    lua_newtable(lua);
    lua_replace(lua, -3);
  }
  merge_fields(lua, "normalize");
  return true;
}

/* Replaces the metadata on the top by the checked one; whether it changed. */
static bool check_metadata(judgement *self) {
  lua_State *lua = self->state->box.lua;
  if (!self->state->has_metadata_schema) return false;
  (void)lua_rawgeti(lua, LUA_REGISTRYINDEX, self->state->parts.check_metadata);
  lua_pushinteger(lua, self->rule);
  lua_pushvalue(lua, -3);
  lua_call(lua, 2, 2);
  if (lua_toboolean(lua, -2) == 0) {
    refuse_with_top(self);
    lua_pop(lua, 2);
    return false;
  }
  lua_remove(lua, -2);
  const bool changed = lua_rawequal(lua, -1, -2) == 0;
  lua_remove(lua, -2);
  return changed;
}

static void settle_metadata(judgement *self) {
  lua_State *lua = self->state->box.lua;
  policy_subject *subject = self->subject;
  if (!subject->writes_metadata) return;
  if (self->state->parts.normalize == LUA_NOREF && !self->state->has_metadata_schema) return;
  push_metadata(self);
  const bool normalized = normalize(self);
  const bool completed = check_metadata(self);
  if (self->verdict == SS_OK && (normalized || completed)) {
    byte_buffer *text = &self->call->metadata;
    buffer_reset(text);
    if (lua_isnil(lua, -1)) {
      subject->metadata = (text_view){0};
    } else {
      values_append_json(lua, -1, "metadata", text);
      if (text->length == 0 || text->data[0] != '{') {
        (void)luaL_error(lua, "metadata: expected an object, got an array");
      }
      subject->metadata = (text_view){(const char *)text->data, text->length};
    }
  }
  lua_pop(lua, 1);
}

/* ---- Value --------------------------------------------------------------------------------- */

static bool begins_with(byte_view value, const char *affix, size_t length) {
  return length == 0 || (value.length >= length && memcmp(value.data, affix, length) == 0);
}

static bool ends_with(byte_view value, const char *affix, size_t length) {
  return length == 0 ||
         (value.length >= length && memcmp(value.data + value.length - length, affix, length) == 0);
}

/* Here and not in Lua, which never sees a value. The messages say nothing of it but its length. */
static void check_value(judgement *self) {
  const value_rule *rule = &self->state->value_rules[self->rule];
  const byte_view value = self->subject->value;
  if (!self->subject->has_value) return;
  const int64_t length = (int64_t)value.length;
  if (rule->has_min && length < rule->min_length) {
    self->verdict = error_set(self->error, SS_POLICY_DENIED,
                              "value: expected at least %" PRId64 " bytes, got %" PRId64,
                              rule->min_length, length);
    return;
  }
  if (rule->has_max && length > rule->max_length) {
    self->verdict = error_set(self->error, SS_POLICY_DENIED,
                              "value: expected at most %" PRId64 " bytes, got %" PRId64,
                              rule->max_length, length);
    return;
  }
  if (!begins_with(value, rule->prefix, rule->prefix_length)) {
    refuse(self, "value: expected it to begin with the policy's prefix");
    return;
  }
  if (!ends_with(value, rule->suffix, rule->suffix_length)) {
    refuse(self, "value: expected it to end with the policy's suffix");
    return;
  }
  if (rule->kind == VALUE_ANY) return;
  const text_view text = {(const char *)value.data, value.length};
  const bool is_text = value.length == 0 || utf8_valid_length(text) == value.length;
  if (rule->kind == VALUE_TEXT && !is_text)
    refuse(self, "value: expected UTF-8 text, got other bytes");
  if (rule->kind == VALUE_BINARY && is_text) refuse(self, "value: expected bytes that are no text");
}

/* ---- Authorize ----------------------------------------------------------------------------- */

static void authorize(judgement *self) {
  lua_State *lua = self->state->box.lua;
  const compiled_parts *parts = &self->state->parts;
  if (!self->with_authorize || parts->authorize == LUA_NOREF) return;
  (void)lua_rawgeti(lua, LUA_REGISTRYINDEX, parts->authorize);
  (void)lua_rawgeti(lua, LUA_REGISTRYINDEX, parts->request);
  lua_call(lua, 1, 2);
  if (!lua_isboolean(lua, -2)) {
    (void)luaL_error(lua, "authorize: expected true or false and a reason, got a %s",
                     luaL_typename(lua, -2));
  }
  if (lua_toboolean(lua, -2) == 0) {
    if (lua_type(lua, -1) == LUA_TSTRING) {
      refuse_with_top(self);
    } else if (lua_isnil(lua, -1)) {
      refuse(self, "the policy does not allow it");
    } else {
      (void)luaL_error(lua, "authorize: expected a reason that is a string, got a %s",
                       luaL_typename(lua, -1));
    }
  }
  lua_pop(lua, 2);
}

static int authorize_body(lua_State *lua) {
  authorize(lua_touserdata(lua, 1));
  return 0;
}

/* Whoever is not allowed is told that, and not what is wrong with metadata or an expiry, which may
 * be those of the secret that is there. A policy may rely on the checks that have failed: one that
 * raises here leaves it at their refusal. */
static void prefer_its_refusal(judgement *self) {
  lua_State *lua = self->state->box.lua;
  lua_pushcfunction(lua, authorize_body);
  lua_pushlightuserdata(lua, self);
  if (lua_pcall(lua, 1, 0, 0) == LUA_OK) return;
  lua_pop(lua, 1);
  self->call->spoilt = true;
}

/* ---- All of them --------------------------------------------------------------------------- */

static int judge_body(lua_State *lua) {
  judgement *self = lua_touserdata(lua, 1);
  static void (*const checks[])(judgement *) = {check_expiry, settle_metadata, check_value};
  check_target(self);
  if (self->verdict != SS_OK) return 0;
  for (size_t i = 0; i < sizeof checks / sizeof checks[0] && self->verdict == SS_OK; i++) {
    checks[i](self);
  }
  if (self->verdict == SS_OK) {
    authorize(self);
  } else {
    prefer_its_refusal(self);
  }
  return 0;
}

/* Whatever raised may have left the state half way: it is not used again. */
static ss_status run(judgement *self, lua_CFunction body, ss_error *error) {
  self->state = self->call->state;
  self->error = error;
  self->state->subject = self->subject;
  const ss_status status = sandbox_run(&self->state->box, body, self, error);
  self->state->subject = NULL;
  if (status != SS_OK) self->call->spoilt = true;
  return status == SS_OK ? self->verdict : status;
}

/* A call may judge one row after another, and the buffer of their metadata is the same. */
static ss_status judge(judgement *self, ss_error *error) {
  state_forget_views(self->call->state);
  return run(self, judge_body, error);
}

ss_status policy_judge(policy_call *call, policy_subject *subject, ss_error *error) {
  judgement self = {.call = call, .subject = subject, .with_authorize = true};
  return judge(&self, error);
}

ss_status policy_judge_background(policy_call *call, policy_subject *subject, ss_error *error) {
  judgement self = {.call = call, .subject = subject};
  return judge(&self, error);
}

/* ---- Enrich -------------------------------------------------------------------------------- */

/* Of what the event says by itself, at detail. */
static void push_event(const judgement *self, int detail) {
  lua_State *lua = self->state->box.lua;
  lua_createtable(lua, 0, 4);
  lua_pushstring(lua, self->event_type);
  lua_setfield(lua, -2, "type");
  push_text_or_nil(lua, self->subject->namespace_name);
  lua_setfield(lua, -2, "namespace");
  push_text_or_nil(lua, self->subject->name);
  lua_setfield(lua, -2, "name");
  lua_pushvalue(lua, detail);
  lua_setfield(lua, -2, "metadata");
  values_make_view(lua);
}

/* What the event says by itself is not the policy's to say. The result is on the top; detail, where
 * what it says is. */
static void check_collisions(lua_State *lua, int detail) {
  if (lua_getfield(lua, -1, "policyHash") != LUA_TNIL) {
    (void)luaL_error(lua, "enrich: \"policyHash\" is the event's own field");
  }
  lua_pop(lua, 1);
  lua_pushnil(lua);
  while (lua_next(lua, detail) != 0) {
    lua_pop(lua, 1);
    lua_pushvalue(lua, -1);
    if (lua_rawget(lua, -3) != LUA_TNIL) {
      (void)luaL_error(lua, "enrich: \"%s\" is the event's own field", lua_tostring(lua, -2));
    }
    lua_pop(lua, 1);
  }
}

static void push_detail(const judgement *self) {
  if (self->detail.data != NULL) {
    state_push_json(self->state, self->detail);
  } else {
    lua_newtable(self->state->box.lua);
  }
}

static int enrich_body(lua_State *lua) {
  judgement *self = lua_touserdata(lua, 1);
  const compiled_parts *parts = &self->state->parts;
  push_detail(self);
  const int detail = lua_gettop(lua);
  (void)lua_rawgeti(lua, LUA_REGISTRYINDEX, parts->enrich);
  push_event(self, detail);
  (void)lua_rawgeti(lua, LUA_REGISTRYINDEX, parts->request);
  lua_call(lua, 2, 1);
  if (lua_isnil(lua, -1)) return 0;
  if (!lua_istable(lua, -1)) {
    return luaL_error(lua, "enrich: expected a table of fields, or nil, got a %s",
                      luaL_typename(lua, -1));
  }
  /* Copied raw: what follows must not run the metamethods of a table that the policy made. */
  lua_newtable(lua);
  lua_insert(lua, -2);
  merge_fields(lua, "enrich");
  check_collisions(lua, detail);
  values_append_json(lua, -1, "enrich", &self->call->fields);
  return 0;
}

/* Appends the fields of an object's text behind others. */
static void append_fields(byte_buffer *output, bool *is_first, text_view object) {
  if (object.data == NULL || object.length <= 2) return;
  buffer_append_text(output, *is_first ? "" : ",");
  buffer_append(output, object.data + 1, object.length - 2);
  *is_first = false;
}

ss_status policy_enrich(policy_call *call, const policy_subject *subject, const char *event_type,
                        text_view detail, byte_buffer *enriched, ss_error *error) {
  buffer_reset(&call->fields);
  if (call->state->parts.enrich != LUA_NOREF) {
    policy_subject copy = *subject;
    judgement self = {.call = call, .subject = &copy, .event_type = event_type, .detail = detail};
    GUARD(run(&self, enrich_body, error));
  }
  bool is_first = true;
  const text_view added = {(const char *)call->fields.data, call->fields.length};
  buffer_append_text(enriched, "{");
  append_fields(enriched, &is_first, detail);
  append_fields(enriched, &is_first, added);
  buffer_append_text(enriched, is_first ? "" : ",");
  buffer_append_text(enriched, "\"policyHash\":\"");
  buffer_append_text(enriched, call->policy->hash);
  buffer_append_text(enriched, "\"}");
  return buffer_status(enriched, error);
}
