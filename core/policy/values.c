/* Conversions and views. */
#include "policy/values.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/json_number.h"
#include "base/utf8.h"
#include "policy/sandbox.h"
#include "policy/sandbox_read_only.h"

enum { MAX_KEYS = 8192 };

/* Keys of the registry, by address. */
static const char null_key = 'n';
static const char list_metatable_key = 'l';
static const char views_key = 'v'; /* view -> what is behind it */
static const char object_view_metatable_key = 'o';
static const char list_view_metatable_key = 'w';

static void push_registered(lua_State *lua, const char *key) {
  (void)lua_rawgetp(lua, LUA_REGISTRYINDEX, key);
}

/* ---- Views --------------------------------------------------------------------------------- */

void values_push_behind(lua_State *lua, int index) {
  const int absolute = lua_absindex(lua, index);
  push_registered(lua, &views_key);
  lua_pushvalue(lua, absolute);
  if (lua_rawget(lua, -2) == LUA_TNIL) {
    lua_pop(lua, 1);
    lua_pushvalue(lua, absolute);
  }
  lua_remove(lua, -2);
}

static bool is_null(lua_State *lua, int index) {
  push_registered(lua, &null_key);
  const bool same = lua_rawequal(lua, index < 0 ? index - 1 : index, -1) != 0;
  lua_pop(lua, 1);
  return same;
}

static bool is_list(lua_State *lua, int index) {
  if (lua_getmetatable(lua, index) == 0) return false;
  push_registered(lua, &list_metatable_key);
  const bool same = lua_rawequal(lua, -1, -2) != 0;
  lua_pop(lua, 2);
  return same;
}

void values_make_view(lua_State *lua) {
  const int behind = lua_gettop(lua);
  lua_newtable(lua);
  push_registered(lua, &views_key);
  lua_pushvalue(lua, -2);
  lua_pushvalue(lua, behind);
  lua_rawset(lua, -3);
  lua_pop(lua, 1);
  push_registered(lua,
                  is_list(lua, behind) ? &list_view_metatable_key : &object_view_metatable_key);
  (void)lua_setmetatable(lua, -2);
  lua_remove(lua, behind);
}

/* What is read from a view is a view again. */
static void view_result(lua_State *lua) {
  if (lua_type(lua, -1) == LUA_TTABLE && !is_null(lua, -1)) values_make_view(lua);
}

static int view_index(lua_State *lua) {
  sandbox_charge(lua, 1);
  values_push_behind(lua, 1);
  lua_pushvalue(lua, 2);
  (void)lua_rawget(lua, -2);
  view_result(lua);
  return 1;
}

static int view_length(lua_State *lua) {
  values_push_behind(lua, 1);
  lua_pushinteger(lua, (lua_Integer)lua_rawlen(lua, -1));
  return 1;
}

static int view_next(lua_State *lua) {
  lua_settop(lua, 2);
  sandbox_charge(lua, NEXT_STEPS);
  values_push_behind(lua, 1);
  lua_insert(lua, 2);
  if (lua_next(lua, 2) == 0) {
    lua_pushnil(lua);
    return 1;
  }
  view_result(lua);
  return 2;
}

static int view_pairs(lua_State *lua) {
  lua_pushcfunction(lua, view_next);
  lua_pushvalue(lua, 1);
  lua_pushnil(lua);
  return 3;
}

static int view_refuses_change(lua_State *lua) {
  return luaL_error(lua, "what a request says cannot be changed");
}

static void make_view_metatable(lua_State *lua, const char *kind, const char *key) {
  static const luaL_Reg events[] = {{"__index", view_index},
                                    {"__len", view_length},
                                    {"__pairs", view_pairs},
                                    {"__newindex", view_refuses_change},
                                    {NULL, NULL}};
  lua_createtable(lua, 0, 6);
  luaL_setfuncs(lua, events, 0);
  lua_pushstring(lua, kind);
  lua_setfield(lua, -2, "__metatable");
  sandbox_mark_read_only(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, key);
}

void values_setup(lua_State *lua) {
  sandbox_require(lua, "schema");
  (void)lua_getfield(lua, -1, "null");
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &null_key);
  (void)lua_getfield(lua, -1, "list_metatable");
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &list_metatable_key);
  lua_pop(lua, 1);

  lua_newtable(lua);
  lua_createtable(lua, 0, 1);
  lua_pushliteral(lua, "k");
  lua_setfield(lua, -2, "__mode");
  (void)lua_setmetatable(lua, -2);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &views_key);
  make_view_metatable(lua, "read-only", &object_view_metatable_key);
  make_view_metatable(lua, "list", &list_view_metatable_key);
}

/* ---- JSON to Lua --------------------------------------------------------------------------- */

static void push_array(lua_State *lua, const json_t *value) {
  const size_t count = json_array_size(value);
  lua_createtable(lua, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    values_push_json(lua, json_array_get(value, i));
    lua_rawseti(lua, -2, (lua_Integer)i + 1);
  }
  push_registered(lua, &list_metatable_key);
  (void)lua_setmetatable(lua, -2);
}

static void push_object(lua_State *lua, const json_t *value) {
  lua_createtable(lua, 0, (int)json_object_size(value));
  /* Walking does not change the object; the iterator is not const for those who would. */
  json_t *walked = (json_t *)(uintptr_t)value;
  for (void *entry = json_object_iter(walked); entry != NULL;
       entry = json_object_iter_next(walked, entry)) {
    lua_pushlstring(lua, json_object_iter_key(entry), json_object_iter_key_len(entry));
    values_push_json(lua, json_object_iter_value(entry));
    lua_rawset(lua, -3);
  }
}

void values_push_json(lua_State *lua, const json_t *value) {
  luaL_checkstack(lua, 8, "JSON is nested too deeply");
  switch (json_typeof(value)) {
    case JSON_OBJECT: push_object(lua, value); break;
    case JSON_ARRAY: push_array(lua, value); break;
    case JSON_STRING:
      lua_pushlstring(lua, json_string_value(value), json_string_length(value));
      break;
    case JSON_INTEGER: lua_pushinteger(lua, json_integer_value(value)); break;
    case JSON_REAL: lua_pushnumber(lua, json_real_value(value)); break;
    case JSON_TRUE: lua_pushboolean(lua, 1); break;
    case JSON_FALSE: lua_pushboolean(lua, 0); break;
    case JSON_NULL: push_registered(lua, &null_key); break;
    default: lua_pushnil(lua); break;
  }
}

/* ---- Lua to JSON --------------------------------------------------------------------------- */

typedef struct writer {
  lua_State *lua;
  const char *what;
  byte_buffer *output;
  size_t start;
} writer;

static void append_value(writer *self, int index, int depth);

static void check_output(writer *self) {
  if (self->output->failed) sandbox_raise_out_of_memory(self->lua);
  if (self->output->length - self->start <= SS_MAX_METADATA_BYTES) return;
  (void)luaL_error(self->lua, "%s: expected at most %d bytes of JSON", self->what,
                   SS_MAX_METADATA_BYTES);
}

static void append_string(writer *self, int index) {
  text_view text;
  text.data = lua_tolstring(self->lua, index, &text.length);
  if (utf8_valid_length(text) != text.length) {
    (void)luaL_error(self->lua, "%s: expected UTF-8 text, got other bytes", self->what);
  }
  json_append_string(self->output, text);
}

static void append_real(writer *self, lua_Number number) {
  if (!isfinite(number)) {
    (void)luaL_error(self->lua, "%s: expected a finite number", self->what);
  }
  json_append_real(self->output, number);
}

/* Whether all keys are 1 to n. */
static bool is_sequence(writer *self, int table, lua_Unsigned *count) {
  lua_State *lua = self->lua;
  lua_Unsigned keys = 0;
  bool only_integers = true;
  lua_pushnil(lua);
  while (lua_next(lua, table) != 0) {
    only_integers = only_integers && lua_isinteger(lua, -2) != 0;
    if (++keys > MAX_KEYS)
      (void)luaL_error(lua, "%s: expected at most %d keys", self->what, MAX_KEYS);
    sandbox_charge(lua, 1);
    lua_pop(lua, 1);
  }
  *count = keys;
  return only_integers && lua_rawlen(lua, table) == keys;
}

static void append_array(writer *self, int table, lua_Unsigned count, int depth) {
  buffer_append_text(self->output, "[");
  for (lua_Unsigned i = 1; i <= count; i++) {
    if (i > 1) buffer_append_text(self->output, ",");
    (void)lua_rawgeti(self->lua, table, (lua_Integer)i);
    append_value(self, lua_gettop(self->lua), depth + 1);
    lua_pop(self->lua, 1);
  }
  buffer_append_text(self->output, "]");
}

/* Pushes a sequence of the keys, sorted. */
static void push_sorted_keys(writer *self, int table) {
  lua_State *lua = self->lua;
  lua_Integer count = 0;
  lua_pushcfunction(lua, sandbox_sort);
  lua_newtable(lua);
  lua_pushnil(lua);
  while (lua_next(lua, table) != 0) {
    lua_pop(lua, 1);
    if (lua_type(lua, -1) != LUA_TSTRING) {
      (void)luaL_error(lua, "%s: expected keys that are strings, got a %s", self->what,
                       luaL_typename(lua, -1));
    }
    lua_pushvalue(lua, -1);
    lua_rawseti(lua, -3, ++count);
  }
  lua_pushvalue(lua, -1);
  lua_insert(lua, -3);
  lua_call(lua, 1, 0);
}

static void append_object(writer *self, int table, lua_Unsigned count, int depth) {
  lua_State *lua = self->lua;
  push_sorted_keys(self, table);
  const int keys = lua_gettop(lua);
  buffer_append_text(self->output, "{");
  for (lua_Unsigned i = 1; i <= count; i++) {
    if (i > 1) buffer_append_text(self->output, ",");
    (void)lua_rawgeti(lua, keys, (lua_Integer)i);
    append_string(self, -1);
    buffer_append_text(self->output, ":");
    (void)lua_rawget(lua, table);
    append_value(self, lua_gettop(lua), depth + 1);
    lua_pop(lua, 1);
  }
  buffer_append_text(self->output, "}");
  lua_pop(lua, 1);
}

static void append_table(writer *self, int index, int depth) {
  lua_State *lua = self->lua;
  lua_Unsigned count = 0;
  if (depth > SS_MAX_METADATA_DEPTH) {
    (void)luaL_error(lua, "%s: expected nesting of at most %d", self->what, SS_MAX_METADATA_DEPTH);
  }
  values_push_behind(lua, index);
  const int table = lua_gettop(lua);
  const bool sequence = is_sequence(self, table, &count);
  if (is_list(lua, table) && !sequence) {
    (void)luaL_error(lua, "%s: expected an array without gaps or other keys", self->what);
  }
  if (is_list(lua, table) || (sequence && count > 0)) {
    append_array(self, table, count, depth);
  } else {
    append_object(self, table, count, depth);
  }
  lua_pop(lua, 1);
}

static void append_value(writer *self, int index, int depth) {
  lua_State *lua = self->lua;
  luaL_checkstack(lua, 12, "a result is nested too deeply");
  check_output(self);
  switch (lua_type(lua, index)) {
    case LUA_TBOOLEAN:
      buffer_append_text(self->output, lua_toboolean(lua, index) != 0 ? "true" : "false");
      break;
    case LUA_TSTRING: append_string(self, index); break;
    case LUA_TNUMBER:
      if (lua_isinteger(lua, index) != 0) {
        buffer_append_integer(self->output, lua_tointeger(lua, index));
      } else {
        append_real(self, lua_tonumber(lua, index));
      }
      break;
    case LUA_TTABLE:
      if (is_null(lua, index)) {
        buffer_append_text(self->output, "null");
      } else {
        append_table(self, index, depth);
      }
      break;
    default:
      (void)luaL_error(lua, "%s: expected what JSON can say, got a %s", self->what,
                       luaL_typename(lua, index));
  }
}

void values_append_json(lua_State *lua, int index, const char *what, byte_buffer *output) {
  writer self = {lua, what, output, output->length};
  append_value(&self, lua_absindex(lua, index), 1);
  check_output(&self);
}
