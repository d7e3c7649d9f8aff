/* The matcher against Lua's own: on generated patterns and subjects both give the same results and
 * raise the same faults. */
#include "policy/matcher.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "policy/sandbox.h"
#include "support/support.h"

enum { CASES = 40000, MAX_TEXT = 64 };

/* ---- Generating ---------------------------------------------------------------------------- */

static uint64_t seed = 20261126;

static unsigned below(unsigned limit) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return (unsigned)((seed >> 33) % limit);
}

typedef struct text {
  char bytes[MAX_TEXT + 16];
  size_t length;
} text;

static void add(text *to, const char *piece, size_t length) {
  if (to->length + length > MAX_TEXT) return;
  memcpy(to->bytes + to->length, piece, length);
  to->length += length;
}

#define PICK(to, list)                                                        \
  do {                                                                        \
    const unsigned picked = below((unsigned)(sizeof(list) / sizeof *(list))); \
    add(to, (list)[picked], strlen((list)[picked]));                          \
  } while (0)

static void add_item(text *to) {
  static const char *const items[] = {
      "a",     "b",    "c",    ".",    "%a",    "%A",     "%d",     "%D",   "%s",    "%S",
      "%w",    "%W",   "%p",   "%P",   "%l",    "%L",     "%u",     "%U",   "%x",    "%X",
      "%c",    "%C",   "%g",   "%G",   "%%",    "%.",     "[a-c]",  "[^a]", "[]]",   "[^]]",
      "[%a_]", "[a-]", "[-a]", "[%]]", "[^%s]", "[a%-c]", "[%d-z]", "\xc3", "%\xa9", "%z"};
  static const char *const quantifiers[] = {"", "", "", "", "*", "+", "-", "?"};
  PICK(to, items);
  PICK(to, quantifiers);
}

static void add_special(text *to) {
  static const char *const specials[] = {
      "(",  ")",  "()", "%1", "%2", "%b()", "%bab", "%f[a]", "%f[%W]",  "$", "^",  "(a*)",  "(.-)",
      "%b", "%f", "[",  "%",  "[^", "[a",   "%0",   "[%",    "%f[^%z]", "*", "%9", "(%d+)", "]"};
  if (below(40) == 0) {
    add(to, "\0", 1);
  } else {
    PICK(to, specials);
  }
}

static text generate_pattern(void) {
  text made = {.length = 0};
  if (below(4) == 0) add(&made, "^", 1);
  for (unsigned items = 1 + below(6); items > 0; items--) {
    if (below(4) == 0) {
      add_special(&made);
    } else {
      add_item(&made);
    }
  }
  if (below(6) == 0) add(&made, "$", 1);
  return made;
}

static text generate_subject(void) {
  static const char *const pieces[] = {"a", "b", "c", "aa", "ab", "(", ")", "()", " ",    "1",
                                       "Z", "_", "-", "]",  "^",  "%", ".", "\t", "\x7f", "é"};
  text made = {.length = 0};
  for (unsigned count = below(14); count > 0; count--) {
    PICK(&made, pieces);
    if (below(30) == 0) add(&made, "\0", 1);
  }
  return made;
}

/* ---- Comparing ----------------------------------------------------------------------------- */

/* At index 1 is a Lua function that gives all that one of the two string libraries makes of a case;
 * see compare_all. */
static const char outcome_of[] =
    "local functions, subject, pattern, start, kind = ...\n"
    "local replacements = { [0] = '<%0|%1>', '%2', 'x%%', { a = 'A', [1] = 7 }, 12,\n"
    "  function(...) return select('#', ...) > 1 and select(2, ...) or nil end, '%', '%3-' }\n"
    "local results = {}\n"
    "local function note(...)\n"
    "  for i = 1, select('#', ...) do results[#results + 1] = tostring((select(i, ...))) end\n"
    "  results[#results + 1] = '/'\n"
    "end\n"
    "note(pcall(functions.find, subject, pattern, start))\n"
    "note(pcall(functions.find, subject, pattern, start, true))\n"
    "note(pcall(functions.match, subject, pattern, start))\n"
    "note(pcall(function()\n"
    "  for a, b, c in functions.gmatch(subject, pattern, start) do note(a, b, c) end\n"
    "end))\n"
    "note(pcall(functions.gsub, subject, pattern, replacements[kind]))\n"
    "note(pcall(functions.gsub, subject, pattern, replacements[kind], start))\n"
    "return table.concat(results, ' ')\n";

static void push_functions(lua_State *lua, bool ours) {
  if (!ours) {
    (void)lua_getglobal(lua, "string");
    return;
  }
  lua_newtable(lua);
  sandbox_set_patterns(lua);
}

static void call_outcome(lua_State *lua, bool ours, const text *subject, const text *pattern,
                         lua_Integer start, lua_Integer kind) {
  lua_pushvalue(lua, 1);
  push_functions(lua, ours);
  lua_pushlstring(lua, subject->bytes, subject->length);
  lua_pushlstring(lua, pattern->bytes, pattern->length);
  lua_pushinteger(lua, start);
  lua_pushinteger(lua, kind);
  lua_call(lua, 5, 1);
}

static void compare_one(lua_State *lua) {
  const text pattern = generate_pattern();
  const text subject = generate_subject();
  const lua_Integer start = (lua_Integer)below(20) - 6;
  const lua_Integer kind = below(8);
  call_outcome(lua, false, &subject, &pattern, start, kind);
  call_outcome(lua, true, &subject, &pattern, start, kind);
  if (lua_rawequal(lua, -1, -2) == 0) {
    fail_msg("\"%.*s\" with \"%.*s\" from %d, kind %d:\nexpected %s\ngot      %s",
             (int)subject.length, subject.bytes, (int)pattern.length, pattern.bytes, (int)start,
             (int)kind, lua_tostring(lua, -2), lua_tostring(lua, -1));
  }
  lua_pop(lua, 2);
}

static int compare_all(lua_State *lua) {
  lua_settop(lua, 0);
  sandbox_open_libraries(lua);
  if (luaL_loadstring(lua, outcome_of) != LUA_OK) return lua_error(lua);
  for (int i = 0; i < CASES; i++) compare_one(lua);
  return 0;
}

static void run_inside(lua_CFunction body) {
  static const policy_limits limits = {
      .memory_bytes = 64 << 20, .instructions = INT64_C(1) << 40, .deadline_ms = 600000};
  sandbox box;
  ss_error error;
  assert_ok(sandbox_init(&box, &limits, NULL, &error), &error);
  assert_ok(sandbox_run_long(&box, body, NULL, &error), &error);
  sandbox_clear(&box);
}

static void generated_patterns_match_as_in_lua(void **state) { run_inside(compare_all); }

/* ---- Limits -------------------------------------------------------------------------------- */

static int compare_limits(lua_State *lua) {
  static const char *const cases[][2] = {{"('a'):rep(300)", "('a?'):rep(300)"},
                                         {"('a'):rep(300)", "('a?'):rep(199)"},
                                         {"('a'):rep(300)", "('a?'):rep(200)"},
                                         {"('a'):rep(40)", "('(a)'):rep(32)"},
                                         {"('a'):rep(40)", "('(a)'):rep(33)"},
                                         {"('a'):rep(3000)", "'.-b'"},
                                         {"('ab'):rep(500)", "'(a*(.)b*)+'"},
                                         {"'a'", "('(')"},
                                         {"('('):rep(150) .. (')'):rep(150)", "'%b()'"},
                                         {"('x'):rep(250)", "('x-'):rep(198) .. '$'"}};
  lua_settop(lua, 0);
  sandbox_open_libraries(lua);
  if (luaL_loadstring(lua, outcome_of) != LUA_OK) return lua_error(lua);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    for (int ours = 0; ours <= 1; ours++) {
      lua_pushvalue(lua, 1);
      push_functions(lua, ours == 1);
      lua_pushfstring(lua, "return %s, %s, 1, 0", cases[i][0], cases[i][1]);
      if (luaL_loadstring(lua, lua_tostring(lua, -1)) != LUA_OK) return lua_error(lua);
      lua_remove(lua, -2);
      lua_call(lua, 0, 4);
      lua_call(lua, 5, 1);
    }
    assert_string_equal(lua_tostring(lua, -2), lua_tostring(lua, -1));
    lua_pop(lua, 2);
  }
  return 0;
}

static void depth_and_captures_are_limited_as_in_lua(void **state) { run_inside(compare_limits); }

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(generated_patterns_match_as_in_lua),
      cmocka_unit_test(depth_and_captures_are_limited_as_in_lua),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
