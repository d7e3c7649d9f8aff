/* Lua 5.4's patterns, matched by steps that are taken from the run's budget.
 *
 * Lua's own matcher backtracks for as long as a pattern makes it, and nothing can interrupt it.
 * This one finds the same matches, captures and faults in the same order (tests/c/policy compares
 * the two), and raises when the budget is used up. Like Lua's it recurs at most MATCHER_MAX_DEPTH
 * deep. What letters are is ASCII's. */
#ifndef POLICY_MATCHER_H
#define POLICY_MATCHER_H

#include <lua.h>
#include <stddef.h>
#include <stdint.h>

enum { MATCHER_MAX_CAPTURES = 32, MATCHER_MAX_DEPTH = 200 };

typedef struct matcher_capture {
  const char *start;
  ptrdiff_t length; /* or what it is instead, in matcher.c */
} matcher_capture;

typedef struct matcher {
  lua_State *lua;
  const char *subject;
  const char *subject_end;
  const char *pattern_end;
  int depth_left;
  int64_t steps; /* not yet taken from the budget */
  int level;     /* captures, finished or not */
  matcher_capture captures[MATCHER_MAX_CAPTURES];
} matcher;

/* Both texts end with a NUL behind their length, as Lua's strings do, and outlive the matcher. */
void matcher_init(matcher *self, lua_State *lua, const char *subject, size_t subject_length,
                  const char *pattern, size_t pattern_length);

/* Matches pattern (which may begin behind an anchor) at start. Gives the end of the match, or NULL;
 * raises what is wrong with the pattern. */
const char *matcher_match(matcher *self, const char *start, const char *pattern);

/* Takes what was not yet taken from the budget. */
void matcher_settle(matcher *self);

/* Pushes a capture of the match from start to end; 0 is the whole match if
 * there are no captures. */
void matcher_push_capture(matcher *self, int index, const char *start, const char *end);

/* Pushes all of them, or the whole match if there are none and start is given;
 * gives their number. */
int matcher_push_captures(matcher *self, const char *start, const char *end);

#endif
