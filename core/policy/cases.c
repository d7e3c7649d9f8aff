/* Test files of policies: expect_allowed{...} and expect_denied{..., "reason"} name operations, and
 * each is judged as the store would.
 *
 * The file runs in a sandbox of its own, with the policy's libraries; it only collects the cases,
 * as JSON. A case has: operation ("put"), namespace, name, actor, context, metadata, value (a
 * string), ttl_ms or expires_at, now, and current = { metadata, revision, expires_at }. */
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/status.h"
#include "policy/state.h"
#include "policy/values.h"

/* ---- Collecting ---------------------------------------------------------------------------- */

typedef struct collection {
  const char *name;
  text_view text;
  byte_buffer cases; /* a JSON array */
} collection;

static void collection_clear(collection *self) { buffer_clear(&self->cases); }

static void append_reason(lua_State *lua, byte_buffer *output) {
  text_view reason = {0};
  (void)lua_geti(lua, 1, 1); /* expect_denied{ ..., "reason" } */
  if (lua_type(lua, -1) == LUA_TSTRING) reason.data = lua_tolstring(lua, -1, &reason.length);
  json_append_string(output, reason);
  lua_pop(lua, 1);
}

static int collect(lua_State *lua, bool allowed) {
  collection *self = lua_touserdata(lua, lua_upvalueindex(1));
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_Debug caller;
  int line = 0;
  if (lua_getstack(lua, 1, &caller) != 0 && lua_getinfo(lua, "l", &caller) != 0) {
    line = caller.currentline;
  }
  buffer_append_text(&self->cases, self->cases.length > 1 ? ",{\"line\":" : "{\"line\":");
  buffer_append_integer(&self->cases, line);
  buffer_append_text(&self->cases, allowed ? ",\"allowed\":true" : ",\"allowed\":false");
  buffer_append_text(&self->cases, ",\"reason\":");
  append_reason(lua, &self->cases);
  lua_pushnil(lua);
  lua_rawseti(lua, 1, 1);
  buffer_append_text(&self->cases, ",\"case\":");
  values_append_json(lua, 1, "a case", &self->cases);
  buffer_append_text(&self->cases, "}");
  return 0;
}

static int expect_allowed(lua_State *lua) { return collect(lua, true); }
static int expect_denied(lua_State *lua) { return collect(lua, false); }

static void add_expectation(lua_State *lua, const char *name, lua_CFunction function,
                            collection *self) {
  lua_pushlightuserdata(lua, self);
  lua_pushcclosure(lua, function, 1);
  lua_setfield(lua, -2, name);
}

/* The environment reads through to the policies' own. */
static int collect_body(lua_State *lua) {
  collection *self = lua_touserdata(lua, 1);
  sandbox_load(lua, self->text, self->name);
  const char *upvalue = lua_getupvalue(lua, -1, 1);
  lua_newtable(lua);
  add_expectation(lua, "expect_allowed", expect_allowed, self);
  add_expectation(lua, "expect_denied", expect_denied, self);
  lua_createtable(lua, 0, 1);
  if (upvalue == NULL) {
    lua_pushnil(lua);
  } else {
    lua_pushvalue(lua, -3);
  }
  lua_setfield(lua, -2, "__index");
  (void)lua_setmetatable(lua, -2);
  if (upvalue != NULL) {
    (void)lua_setupvalue(lua, -3, 1);
    lua_pop(lua, 1);
  } else {
    lua_pop(lua, 1);
  }
  lua_call(lua, 0, 0);
  return 0;
}

static ss_status collect_cases(policy *of, collection *self, ss_error *error) {
  policy_call *call = NULL;
  GUARD(policy_call_begin(of, &call, error));
  call->spoilt = true; /* the file's globals are not for the policy */
  buffer_append_text(&self->cases, "[");
  const ss_status status = sandbox_run_long(&call->state->box, collect_body, self, error);
  buffer_append_text(&self->cases, "]");
  policy_call_end(call);
  GUARD(status);
  return buffer_status(&self->cases, error);
}

/* ---- Reading a case ------------------------------------------------------------------------ */

static text_view text_field(const json_t *object, const char *name) {
  const json_t *found = json_object_get(object, name);
  return (text_view){json_string_value(found), json_string_length(found)};
}

static int64_t number_field(const json_t *object, const char *name, int64_t otherwise) {
  const json_t *found = json_object_get(object, name);
  return json_is_integer(found) ? json_integer_value(found) : otherwise;
}

/* The JSON text of an object field, to be freed; absent if it is none. */
static ss_status object_field(const json_t *object, const char *name, char **text,
                              ss_error *error) {
  const json_t *found = json_object_get(object, name);
  *text = NULL;
  if (!json_is_object(found)) return SS_OK;
  *text = json_dumps(found, JSON_COMPACT);
  return *text == NULL ? error_out_of_memory(error) : SS_OK;
}

typedef struct case_texts {
  char *metadata;
  char *current_metadata;
} case_texts;

static void case_texts_clear(case_texts *texts) {
  free(texts->metadata);
  free(texts->current_metadata);
}

static ss_status check_fields(const json_t *described, ss_error *error) {
  static const char *const known[] = {"operation", "namespace", "name",      "actor",
                                      "context",   "metadata",  "value",     "ttl_ms",
                                      "now",       "current",   "expires_at"};
  const char *key;
  json_t *value;
  json_t *walked = (json_t *)(uintptr_t)described;
  json_object_foreach(walked, key, value) {
    bool found = false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
      found = found || strcmp(known[i], key) == 0;
    }
    if (!found) {
      return error_set(error, SS_INVALID_ARGUMENT, "a case has no field \"%.80s\"", key);
    }
  }
  return SS_OK;
}

static bool has(const json_t *object, const char *name) {
  const json_t *found = json_object_get(object, name);
  return found != NULL && !json_is_null(found);
}

static void read_current(const json_t *described, const case_texts *texts,
                         policy_subject *subject) {
  const json_t *current = json_object_get(described, "current");
  if (!json_is_object(current)) return;
  subject->current = (policy_current){
      .found = true,
      .metadata = text_view_of(texts->current_metadata),
      .revision = number_field(current, "revision", 1),
      .expires_at = number_field(current, "expires_at", SS_NO_EXPIRY),
  };
}

static void read_expiry(const json_t *described, bool is_put, policy_subject *subject) {
  const bool given = has(described, "ttl_ms") || has(described, "expires_at");
  subject->expires_at = number_field(described, "expires_at", SS_NO_EXPIRY);
  if (has(described, "ttl_ms")) {
    subject->expires_at = subject->now + number_field(described, "ttl_ms", 0);
  }
  subject->writes_expiry = is_put || given;
  subject->omits_expiry = is_put && !given;
}

static ss_status read_case(const json_t *described, int64_t now, case_texts *texts,
                           policy_subject *subject, ss_error *error) {
  GUARD(check_fields(described, error));
  GUARD(object_field(described, "metadata", &texts->metadata, error));
  GUARD(object_field(json_object_get(described, "current"), "metadata", &texts->current_metadata,
                     error));
  json_t *context = json_object_get(described, "context");
  const text_view operation = text_field(described, "operation");
  const text_view value = text_field(described, "value");
  *subject = (policy_subject){
      .operation = operation.data == NULL ? "put" : operation.data,
      .has_target = true,
      .namespace_name = text_field(described, "namespace"),
      .name = text_field(described, "name"),
      .actor = text_field(described, "actor"),
      .context = json_is_object(context) ? context : NULL,
      .metadata = text_view_of(texts->metadata),
      .now = number_field(described, "now", now),
      .has_value = value.data != NULL,
      .value = {(const unsigned char *)value.data, value.length},
  };
  const bool is_put = strcmp(subject->operation, "put") == 0;
  const bool is_update = strcmp(subject->operation, "update") == 0;
  subject->writes_metadata = is_put || (is_update && texts->metadata != NULL);
  if (is_put || is_update) {
    read_expiry(described, is_put, subject);
  } else {
    subject->expires_at = SS_NO_EXPIRY;
  }
  read_current(described, texts, subject);
  return SS_OK;
}

/* ---- Judging ------------------------------------------------------------------------------- */

/* The event that the operation would leave; NULL: none. */
static const char *event_of(const policy_subject *subject) {
  if (strcmp(subject->operation, "put") == 0) return subject->current.found ? "updated" : "created";
  if (strcmp(subject->operation, "update") == 0) return "updated";
  if (strcmp(subject->operation, "remove") == 0) return "deleted";
  return NULL;
}

static ss_status judge_case(policy *of, const json_t *described, int64_t now, ss_error *error) {
  case_texts texts ON_SCOPE_EXIT(case_texts_clear) = {0};
  byte_buffer enriched ON_SCOPE_EXIT(buffer_clear) = {0};
  policy_subject subject;
  policy_call *call = NULL;
  GUARD(read_case(described, now, &texts, &subject, error));
  GUARD(policy_call_begin(of, &call, error));
  const char *event = event_of(&subject);
  ss_status status = policy_judge(call, &subject, error);
  if (status == SS_OK && event != NULL) {
    status = policy_enrich(call, &subject, event, (text_view){0}, &enriched, error);
  }
  policy_call_end(call);
  return status;
}

static void compare(const json_t *expected, ss_status status, const ss_error *came, char *message,
                    size_t capacity) {
  const char *reason = json_string_value(json_object_get(expected, "reason"));
  message[0] = '\0';
  if (json_is_true(json_object_get(expected, "allowed"))) {
    if (status != SS_OK) {
      (void)snprintf(message, capacity, "expected it to be allowed, but: %s (%s)", came->message,
                     ss_status_name(status));
    }
  } else if (status == SS_OK) {
    (void)snprintf(message, capacity, "expected it to be denied, but it was allowed");
  } else if (status != SS_POLICY_DENIED) {
    (void)snprintf(message, capacity, "expected it to be denied, but the policy failed: %s",
                   came->message);
  } else if (reason != NULL && strstr(came->message, reason) == NULL) {
    (void)snprintf(message, capacity, "expected \"%.120s\" as the reason, got \"%s\"", reason,
                   came->message);
  }
}

static ss_status judge_all(policy *of, const json_t *cases, int64_t now,
                           policy_case_visitor visitor, void *context, ss_error *error) {
  size_t index;
  json_t *expected;
  json_array_foreach(cases, index, expected) {
    char message[2 * sizeof((ss_error *)0)->message];
    ss_error came = {0};
    const ss_status status = judge_case(of, json_object_get(expected, "case"), now, &came);
    if (status == SS_OUT_OF_MEMORY || status == SS_INVALID_ARGUMENT) {
      return error_set(error, status, "line %lld: %s", (long long)number_field(expected, "line", 0),
                       came.message);
    }
    compare(expected, status, &came, message, sizeof message);
    const policy_case_result result = {.line = number_field(expected, "line", 0),
                                       .passed = message[0] == '\0',
                                       .message = message};
    visitor(context, &result);
  }
  return SS_OK;
}

ss_status policy_run_cases(policy *self, const char *name, text_view text, int64_t now,
                           policy_case_visitor visitor, void *context, ss_error *error) {
  collection collected ON_SCOPE_EXIT(collection_clear) = {.name = name, .text = text};
  json_t *cases = NULL;
  GUARD(collect_cases(self, &collected, error));
  const byte_view bytes = buffer_view(&collected.cases);
  GUARD(json_parse((text_view){(const char *)bytes.data, bytes.length}, &cases, NULL, error));
  if (cases == NULL) return error_set(error, SS_INTERNAL, "the cases did not come out as JSON");
  const ss_status status = judge_all(self, cases, now, visitor, context, error);
  json_decref(cases);
  return status;
}
