/* Guards around string functions that a C call could spend forever in: Lua's pattern matcher, which
 * backtracks, plain searches of long texts, and repeating nothing.
 *
 * With k quantified items on n bytes the matcher can take (n+1)^k steps, and n+1 times that if it
 * tries every place to begin at. A call whose worst case is beyond MAX_STEPS (some 30 ms) is
 * refused before it begins. A quantified item at the very end matches at once, and does not count.
 */
#include <lauxlib.h>
#include <string.h>

#include "policy/sandbox.h"

static const double max_steps = 1e7;

/* ---- The cost of a pattern ----------------------------------------------------------------- */

typedef struct pattern_scan {
  const char *position;
  const char *end;
} pattern_scan;

/* Beyond a [set]; a malformed one is the matcher's to refuse. */
static void skip_set(pattern_scan *scan) {
  scan->position++;
  if (scan->position < scan->end && *scan->position == '^') scan->position++;
  do {
    if (scan->position == scan->end) return;
    if (*scan->position++ == '%' && scan->position < scan->end) scan->position++;
  } while (scan->position < scan->end && *scan->position != ']');
  if (scan->position < scan->end) scan->position++;
}

/* Skips one item; whether it may match pieces of many lengths, quantified or not. */
static bool skip_item(pattern_scan *scan) {
  const char c = *scan->position;
  if (c == '[') {
    skip_set(scan);
    return false;
  }
  if (c != '%' || scan->position + 1 >= scan->end) {
    scan->position++;
    return false;
  }
  const char escaped = scan->position[1];
  scan->position += 2;
  if (escaped == 'b') {
    const size_t left = (size_t)(scan->end - scan->position);
    scan->position += left < 2 ? left : 2;
    return true;
  }
  return escaped >= '0' && escaped <= '9'; /* what was captured before, compared byte by byte */
}

static double worst_case(const char *pattern, size_t length, size_t subject_length) {
  const double choices = (double)subject_length + 1;
  pattern_scan scan = {pattern, pattern + length};
  double steps = choices;
  if (length > 0 && pattern[0] == '^') {
    steps = 1;
    scan.position++;
  }
  while (scan.position < scan.end) {
    const bool varies = skip_item(&scan);
    if (varies) steps *= choices;
    if (scan.position == scan.end) break;
    const char quantifier = *scan.position;
    const bool repeats = quantifier == '*' || quantifier == '+' || quantifier == '-';
    if (!repeats && quantifier != '?') continue;
    scan.position++;
    if (scan.position < scan.end) steps *= repeats ? choices : 2;
  }
  return steps;
}

static void check_pattern(lua_State *lua, const char *function, bool plain) {
  size_t subject_length = 0;
  size_t pattern_length = 0;
  if (lua_isstring(lua, 1) == 0 || lua_isstring(lua, 2) == 0) return; /* theirs to refuse */
  (void)lua_tolstring(lua, 1, &subject_length);
  const char *pattern = lua_tolstring(lua, 2, &pattern_length);
  const double steps = plain ? (double)(subject_length + 1) * (double)(pattern_length + 1)
                             : worst_case(pattern, pattern_length, subject_length);
  if (steps <= max_steps) return;
  (void)luaL_error(lua,
                   "string.%s: this pattern could take %f steps on %d bytes, more than %f; match "
                   "shorter texts, or use fewer repetitions",
                   function, steps, (int)subject_length, max_steps);
}

/* ---- The functions ------------------------------------------------------------------------- */

/* Calls the function that is upvalue 1 with all arguments. */
static int pass_on(lua_State *lua) {
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
  return lua_gettop(lua);
}

static int guarded_find(lua_State *lua) {
  check_pattern(lua, "find", lua_toboolean(lua, 4) != 0);
  return pass_on(lua);
}

static int guarded_match(lua_State *lua) {
  check_pattern(lua, "match", false);
  return pass_on(lua);
}

static int guarded_gmatch(lua_State *lua) {
  check_pattern(lua, "gmatch", false);
  return pass_on(lua);
}

static int guarded_gsub(lua_State *lua) {
  check_pattern(lua, "gsub", false);
  return pass_on(lua);
}

/* Lua's own would copy nothing n times. */
static int guarded_rep(lua_State *lua) {
  size_t length = 0;
  size_t separator_length = 0;
  (void)luaL_checklstring(lua, 1, &length);
  (void)luaL_checkinteger(lua, 2);
  (void)luaL_optlstring(lua, 3, "", &separator_length);
  if (length + separator_length > 0) return pass_on(lua);
  lua_pushliteral(lua, "");
  return 1;
}

void sandbox_guard_strings(lua_State *lua) {
  static const luaL_Reg guarded[] = {
      {"find", guarded_find}, {"match", guarded_match}, {"gmatch", guarded_gmatch},
      {"gsub", guarded_gsub}, {"rep", guarded_rep},     {NULL, NULL},
  };
  for (const luaL_Reg *one = guarded; one->name != NULL; one++) {
    (void)lua_getfield(lua, -1, one->name);
    lua_pushcclosure(lua, one->func, 1);
    lua_setfield(lua, -2, one->name);
  }
}
