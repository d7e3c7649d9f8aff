/* find, match, gmatch and gsub on our own matcher. */
#include <lauxlib.h>
#include <string.h>

#include "policy/matcher.h"
#include "policy/sandbox.h"

/* A position as scripts give it, counted from the end if negative; from 0,
 * beyond the end allowed. */
static size_t start_argument(lua_State *lua, int index, size_t length) {
  const lua_Integer position = luaL_optinteger(lua, index, 1);
  if (position > 0) return (size_t)position - 1;
  if (position == 0 || position < -(lua_Integer)length) return 0;
  return length - (size_t)-position;
}

/* ---- find and match ------------------------------------------------------------------------ */

static bool has_specials(const char *pattern, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (pattern[i] != '\0' && strchr("^$*+?.([%-", pattern[i]) != NULL) return true;
  }
  return false;
}

static int find_plain(lua_State *lua, const char *subject, size_t start) {
  const size_t length = lua_rawlen(lua, 1);
  const size_t wanted_length = lua_rawlen(lua, 2);
  sandbox_charge(lua, 1 + steps_for_bytes(length - start + wanted_length));
  const char *found = memmem(subject + start, length - start, lua_tostring(lua, 2), wanted_length);
  if (found == NULL) {
    luaL_pushfail(lua);
    return 1;
  }
  lua_pushinteger(lua, found - subject + 1);
  lua_pushinteger(lua, found - subject + (lua_Integer)wanted_length);
  return 2;
}

static int find_match(matcher *self, const char *start, const char *pattern, bool is_find) {
  const bool is_anchored = *pattern == '^';
  if (is_anchored) pattern++;
  do {
    const char *end = matcher_match(self, start, pattern);
    if (end == NULL) continue;
    matcher_settle(self);
    if (!is_find) return matcher_push_captures(self, start, end);
    lua_pushinteger(self->lua, start - self->subject + 1);
    lua_pushinteger(self->lua, end - self->subject);
    return matcher_push_captures(self, NULL, NULL) + 2;
  } while (start++ < self->subject_end && !is_anchored);
  matcher_settle(self);
  luaL_pushfail(self->lua);
  return 1;
}

static int search(lua_State *lua, bool is_find) {
  size_t length = 0;
  size_t pattern_length = 0;
  const char *subject = luaL_checklstring(lua, 1, &length);
  const char *pattern = luaL_checklstring(lua, 2, &pattern_length);
  const size_t start = start_argument(lua, 3, length);
  if (start > length) {
    luaL_pushfail(lua);
    return 1;
  }
  sandbox_charge(lua, steps_for_bytes(pattern_length));
  if (is_find && (lua_toboolean(lua, 4) != 0 || !has_specials(pattern, pattern_length))) {
    return find_plain(lua, subject, start);
  }
  matcher run;
  matcher_init(&run, lua, subject, length, pattern, pattern_length);
  return find_match(&run, subject + start, pattern, is_find);
}

static int find(lua_State *lua) { return search(lua, true); }
static int match(lua_State *lua) { return search(lua, false); }

/* ---- gmatch -------------------------------------------------------------------------------- */

typedef struct walk {
  matcher run;
  const char *next;
  const char *pattern;
  const char *last_end; /* where the last match ended: an empty one there is none */
} walk;

/* Upvalues: the subject and the pattern, to keep them, and the walk. */
static int next_match(lua_State *lua) {
  walk *self = lua_touserdata(lua, lua_upvalueindex(3));
  for (const char *start = self->next; start <= self->run.subject_end; start++) {
    const char *end = matcher_match(&self->run, start, self->pattern);
    if (end == NULL || end == self->last_end) continue;
    self->next = self->last_end = end;
    matcher_settle(&self->run);
    return matcher_push_captures(&self->run, start, end);
  }
  matcher_settle(&self->run);
  return 0;
}

static int gmatch(lua_State *lua) {
  size_t length = 0;
  size_t pattern_length = 0;
  const char *subject = luaL_checklstring(lua, 1, &length);
  const char *pattern = luaL_checklstring(lua, 2, &pattern_length);
  const size_t start = start_argument(lua, 3, length);
  lua_settop(lua, 2);
  walk *self = lua_newuserdatauv(lua, sizeof *self, 0);
  matcher_init(&self->run, lua, subject, length, pattern, pattern_length);
  self->next = subject + (start > length ? length + 1 : start);
  self->pattern = pattern;
  self->last_end = NULL;
  lua_pushcclosure(lua, next_match, 3);
  return 1;
}

/* ---- gsub ---------------------------------------------------------------------------------- */

/* In Lua's memory and not on the C stack, since a replacing function may call gsub again. */
typedef struct substitution {
  matcher run;
  luaL_Buffer output;
} substitution;

enum { REPLACEMENT = 3 }; /* its index */

static void add_capture(substitution *self, char digit, const char *start, const char *end) {
  if (digit == '0') {
    luaL_addlstring(&self->output, start, (size_t)(end - start));
    return;
  }
  matcher_push_capture(&self->run, digit - '1', start, end);
  luaL_addvalue(&self->output);
}

static void add_expanded(substitution *self, const char *start, const char *end) {
  lua_State *lua = self->run.lua;
  size_t left = 0;
  const char *text = lua_tolstring(lua, REPLACEMENT, &left);
  sandbox_charge(lua, (int64_t)left / 4);
  for (const char *escape; (escape = memchr(text, '%', left)) != NULL;) {
    const char name = escape[1];
    luaL_addlstring(&self->output, text, (size_t)(escape - text));
    if (name == '%') {
      luaL_addchar(&self->output, '%');
    } else if (name >= '0' && name <= '9') {
      add_capture(self, name, start, end);
    } else {
      (void)luaL_error(lua, "invalid use of '%%' in replacement string");
    }
    left -= (size_t)(escape + 2 - text);
    text = escape + 2;
  }
  luaL_addlstring(&self->output, text, left);
}

/* Adds what stands in for the match; whether that is anything else. */
static bool add_replacement(substitution *self, const char *start, const char *end) {
  lua_State *lua = self->run.lua;
  const int type = lua_type(lua, REPLACEMENT);
  if (type == LUA_TFUNCTION) {
    lua_pushvalue(lua, REPLACEMENT);
    lua_call(lua, matcher_push_captures(&self->run, start, end), 1);
  } else if (type == LUA_TTABLE) {
    matcher_push_capture(&self->run, 0, start, end);
    (void)lua_gettable(lua, REPLACEMENT);
  } else {
    add_expanded(self, start, end);
    return true;
  }
  if (lua_toboolean(lua, -1) == 0) {
    lua_pop(lua, 1);
    luaL_addlstring(&self->output, start, (size_t)(end - start));
    return false;
  }
  if (lua_isstring(lua, -1) == 0) {
    (void)luaL_error(lua, "invalid replacement value (a %s)", luaL_typename(lua, -1));
  }
  luaL_addvalue(&self->output);
  return true;
}

/* Adds all but what is behind the last match, where it gives true if anything changed. */
static bool substitute(substitution *self, const char **rest, const char *pattern, lua_Integer most,
                       lua_Integer *count) {
  const bool is_anchored = *pattern == '^';
  const char *position = self->run.subject;
  const char *last_end = NULL;
  bool changed = false;
  if (is_anchored) pattern++;
  while (*count < most) {
    const char *end = matcher_match(&self->run, position, pattern);
    if (end != NULL && end != last_end) {
      *count += 1;
      if (add_replacement(self, position, end)) changed = true;
      position = last_end = end;
    } else if (position < self->run.subject_end) {
      luaL_addchar(&self->output, *position++);
    } else {
      break;
    }
    if (is_anchored) break;
  }
  *rest = position;
  return changed;
}

static int gsub(lua_State *lua) {
  size_t length = 0;
  size_t pattern_length = 0;
  const char *subject = luaL_checklstring(lua, 1, &length);
  const char *pattern = luaL_checklstring(lua, 2, &pattern_length);
  const int type = lua_type(lua, REPLACEMENT);
  const lua_Integer most = luaL_optinteger(lua, 4, (lua_Integer)length + 1);
  luaL_argexpected(
      lua,
      type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE,
      REPLACEMENT, "string/function/table");
  substitution *self = lua_newuserdatauv(lua, sizeof *self, 0);
  matcher_init(&self->run, lua, subject, length, pattern, pattern_length);
  luaL_buffinit(lua, &self->output);
  const char *rest = subject;
  lua_Integer count = 0;
  const bool changed = substitute(self, &rest, pattern, most, &count);
  matcher_settle(&self->run);
  if (changed) {
    luaL_addlstring(&self->output, rest, (size_t)(self->run.subject_end - rest));
    luaL_pushresult(&self->output);
  } else {
    lua_pushvalue(lua, 1);
  }
  lua_pushinteger(lua, count);
  return 2;
}

void sandbox_set_patterns(lua_State *lua) {
  static const luaL_Reg own[] = {
      {"find", find}, {"match", match}, {"gmatch", gmatch}, {"gsub", gsub}, {NULL, NULL}};
  luaL_setfuncs(lua, own, 0);
}
