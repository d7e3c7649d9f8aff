/* The matcher: one function for each kind of item, and a loop over them. */
#include "policy/matcher.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

#include "policy/sandbox.h"

enum { CAPTURE_OPEN = -1, CAPTURE_POSITION = -2 };

/* A step here is cheaper than an instruction. */
enum { STEPS_PER_CHARGE = 256, STEPS_PER_INSTRUCTION = 4, SET_BYTES_PER_STEP = 4 };

static unsigned char byte_at(const char *position) { return (unsigned char)*position; }

/* ---- Budget -------------------------------------------------------------------------------- */

void matcher_settle(matcher *self) {
  const int64_t instructions = self->steps / STEPS_PER_INSTRUCTION + 1;
  self->steps = 0;
  sandbox_charge(self->lua, instructions);
}

static void take(matcher *self, ptrdiff_t steps) {
  self->steps += steps;
  if (self->steps >= STEPS_PER_CHARGE) matcher_settle(self);
}

/* ---- One character ------------------------------------------------------------------------- */

static bool is_between(unsigned char c, char first, char last) {
  return c >= (unsigned char)first && c <= (unsigned char)last;
}

static bool is_letter(unsigned char c) { return is_between(c | 0x20, 'a', 'z'); }
static bool is_digit(unsigned char c) { return is_between(c, '0', '9'); }
static bool is_graphic(unsigned char c) { return is_between(c, '!', '~'); }

/* Whether c is in the class of a lower-case letter; -1: the letter names no class. */
static int in_class(unsigned char c, int letter) {
  switch (letter) {
    case 'a': return is_letter(c);
    case 'c': return c < 0x20 || c == 0x7f;
    case 'd': return is_digit(c);
    case 'g': return is_graphic(c);
    case 'l': return is_between(c, 'a', 'z');
    case 'p': return is_graphic(c) && !is_letter(c) && !is_digit(c);
    case 's': return c == ' ' || is_between(c, '\t', '\r');
    case 'u': return is_between(c, 'A', 'Z');
    case 'w': return is_letter(c) || is_digit(c);
    case 'x': return is_digit(c) || is_between(c | 0x20, 'a', 'f');
    case 'z': return c == '\0'; /* deprecated, and still there */
    default: return -1;
  }
}

/* What follows a %: an upper-case letter is the complement of its class. */
static bool fits_class(unsigned char c, unsigned char name) {
  const int fits = is_letter(name) ? in_class(c, name | 0x20) : -1;
  if (fits < 0) return name == c;
  return is_between(name, 'A', 'Z') ? fits == 0 : fits == 1;
}

/* set is at the [, last at its ]. */
static bool fits_set(matcher *self, unsigned char c, const char *set, const char *last) {
  const char *position = set + 1;
  const bool is_complement = *position == '^';
  if (is_complement) position++;
  for (; position < last; position++) {
    if (*position == '%') {
      position++;
      if (fits_class(c, byte_at(position))) break;
    } else if (position[1] == '-' && position + 2 < last) {
      position += 2;
      if (byte_at(position - 2) <= c && c <= byte_at(position)) break;
    } else if (byte_at(position) == c) {
      break;
    }
  }
  take(self, (position - set) / SET_BYTES_PER_STEP);
  return (position < last) != is_complement;
}

/* Whether the item from item to item_end fits the character at s. */
static bool fits(matcher *self, const char *s, const char *item, const char *item_end) {
  if (s >= self->subject_end) return false;
  switch (*item) {
    case '.': return true;
    case '%': return fits_class(byte_at(s), byte_at(item + 1));
    case '[': return fits_set(self, byte_at(s), item, item_end - 1);
    default: return *item == *s;
  }
}

static const char *end_of_set(matcher *self, const char *set) {
  const char *position = set + 1;
  if (*position == '^') position++;
  do { /* the first character may be ] */
    if (position == self->pattern_end) {
      (void)luaL_error(self->lua, "malformed pattern (missing ']')");
    }
    if (*position++ == '%' && position < self->pattern_end) position++;
  } while (*position != ']');
  take(self, (position - set) / SET_BYTES_PER_STEP);
  return position + 1;
}

static const char *end_of_item(matcher *self, const char *item) {
  if (*item == '[') return end_of_set(self, item);
  if (*item != '%') return item + 1;
  if (item + 1 == self->pattern_end) {
    (void)luaL_error(self->lua, "malformed pattern (ends with '%%')");
  }
  return item + 2;
}

/* ---- Repetitions --------------------------------------------------------------------------- */

static const char *match(matcher *self, const char *s, const char *pattern);

static const char *match_most(matcher *self, const char *s, const char *item,
                              const char *item_end) {
  ptrdiff_t count = 0;
  while (fits(self, s + count, item, item_end)) {
    count++;
    take(self, 1);
  }
  for (; count >= 0; count--) {
    const char *end = match(self, s + count, item_end + 1);
    if (end != NULL) return end;
  }
  return NULL;
}

static const char *match_fewest(matcher *self, const char *s, const char *item,
                                const char *item_end) {
  for (;; s++) {
    const char *end = match(self, s, item_end + 1);
    if (end != NULL) return end;
    if (!fits(self, s, item, item_end)) return NULL;
  }
}

/* ---- Captures ------------------------------------------------------------------------------ */

static const char *open_capture(matcher *self, const char *s, const char *pattern) {
  const bool is_position = pattern[1] == ')';
  if (self->level >= MATCHER_MAX_CAPTURES) (void)luaL_error(self->lua, "too many captures");
  self->captures[self->level++] =
      (matcher_capture){s, is_position ? CAPTURE_POSITION : CAPTURE_OPEN};
  const char *end = match(self, s, pattern + (is_position ? 2 : 1));
  if (end == NULL) self->level--;
  return end;
}

static const char *close_capture(matcher *self, const char *s, const char *pattern) {
  int index = self->level - 1;
  while (index >= 0 && self->captures[index].length != CAPTURE_OPEN) index--;
  if (index < 0) (void)luaL_error(self->lua, "invalid pattern capture");
  self->captures[index].length = s - self->captures[index].start;
  const char *end = match(self, s, pattern + 1);
  if (end == NULL) self->captures[index].length = CAPTURE_OPEN;
  return end;
}

static const char *match_again(matcher *self, const char *s, unsigned char digit) {
  const int index = digit - '1';
  if (index < 0 || index >= self->level || self->captures[index].length == CAPTURE_OPEN) {
    (void)luaL_error(self->lua, "invalid capture index %%%d", index + 1);
  }
  const matcher_capture *capture = &self->captures[index];
  /* A position has no text, and matches nothing. */
  if (capture->length < 0 || self->subject_end - s < capture->length) return NULL;
  take(self, capture->length / BYTES_PER_STEP);
  if (memcmp(capture->start, s, (size_t)capture->length) != 0) return NULL;
  return s + capture->length;
}

/* ---- Items --------------------------------------------------------------------------------- */

static const char *match_balanced(matcher *self, const char *s, const char *pair) {
  if (pair >= self->pattern_end - 1) {
    (void)luaL_error(self->lua, "malformed pattern (missing arguments to '%%b')");
  }
  const char *start = s;
  int open = 1;
  if (*s != pair[0]) return NULL;
  while (++s < self->subject_end && open > 0) {
    if (*s == pair[1]) {
      open--;
    } else if (*s == pair[0]) {
      open++;
    }
  }
  take(self, s - start);
  return open == 0 ? s : NULL;
}

/* Whether a set begins to fit between the character before s and the one at s. */
static bool is_frontier(matcher *self, const char *s, const char *set, const char *set_end) {
  const unsigned char before = s == self->subject ? '\0' : byte_at(s - 1);
  return !fits_set(self, before, set, set_end - 1) && fits_set(self, byte_at(s), set, set_end - 1);
}

/* Each of these goes one item on and gives true; or false, where *s is the end of the match or
 * NULL. */

static bool pass_repeated(matcher *self, const char **s, const char **pattern) {
  const char *item = *pattern;
  const char *item_end = end_of_item(self, item);
  const char quantifier = *item_end;
  const bool may_be_missing = quantifier == '*' || quantifier == '-' || quantifier == '?';
  *pattern = item_end + 1;
  if (!fits(self, *s, item, item_end)) {
    if (!may_be_missing) *s = NULL;
    return may_be_missing;
  }
  if (quantifier == '?') {
    const char *end = match(self, *s + 1, item_end + 1);
    if (end == NULL) return true;
    *s = end;
  } else if (quantifier == '+' || quantifier == '*') {
    *s = match_most(self, *s + (quantifier == '+'), item, item_end);
  } else if (quantifier == '-') {
    *s = match_fewest(self, *s, item, item_end);
  } else {
    *pattern = item_end;
    *s += 1;
    return true;
  }
  return false;
}

static bool pass_frontier(matcher *self, const char **s, const char **pattern) {
  const char *set = *pattern + 2;
  if (*set != '[') (void)luaL_error(self->lua, "missing '[' after '%%f' in pattern");
  *pattern = end_of_item(self, set);
  if (is_frontier(self, *s, set, *pattern)) return true;
  *s = NULL;
  return false;
}

static bool pass_escape(matcher *self, const char **s, const char **pattern) {
  const unsigned char name = byte_at(*pattern + 1);
  if (name == 'f') return pass_frontier(self, s, pattern);
  if (name == 'b') {
    *s = match_balanced(self, *s, *pattern + 2);
    *pattern += 4;
  } else if (is_digit(name)) {
    *s = match_again(self, *s, name);
    *pattern += 2;
  } else {
    return pass_repeated(self, s, pattern);
  }
  return *s != NULL;
}

static bool pass_item(matcher *self, const char **s, const char **pattern) {
  take(self, 1);
  if (*pattern == self->pattern_end) return false;
  switch (**pattern) {
    case '(': *s = open_capture(self, *s, *pattern); return false;
    case ')': *s = close_capture(self, *s, *pattern); return false;
    case '%': return pass_escape(self, s, pattern);
    case '$':
      if (*pattern + 1 != self->pattern_end) return pass_repeated(self, s, pattern);
      if (*s != self->subject_end) *s = NULL;
      return false;
    default: return pass_repeated(self, s, pattern);
  }
}

static const char *match(matcher *self, const char *s, const char *pattern) {
  if (self->depth_left-- == 0) (void)luaL_error(self->lua, "pattern too complex");
  while (pass_item(self, &s, &pattern)) {
  }
  self->depth_left++;
  return s;
}

/* ---- The matcher --------------------------------------------------------------------------- */

void matcher_init(matcher *self, lua_State *lua, const char *subject, size_t subject_length,
                  const char *pattern, size_t pattern_length) {
  self->lua = lua;
  self->subject = subject;
  self->subject_end = subject + subject_length;
  self->pattern_end = pattern + pattern_length;
  self->steps = 0;
  self->level = 0;
}

const char *matcher_match(matcher *self, const char *start, const char *pattern) {
  self->depth_left = MATCHER_MAX_DEPTH;
  self->level = 0;
  return match(self, start, pattern);
}

void matcher_push_capture(matcher *self, int index, const char *start, const char *end) {
  if (index >= self->level) {
    if (index != 0) (void)luaL_error(self->lua, "invalid capture index %%%d", index + 1);
    lua_pushlstring(self->lua, start, (size_t)(end - start));
    return;
  }
  const matcher_capture *capture = &self->captures[index];
  if (capture->length == CAPTURE_OPEN) (void)luaL_error(self->lua, "unfinished capture");
  if (capture->length == CAPTURE_POSITION) {
    lua_pushinteger(self->lua, capture->start - self->subject + 1);
  } else {
    lua_pushlstring(self->lua, capture->start, (size_t)capture->length);
  }
}

int matcher_push_captures(matcher *self, const char *start, const char *end) {
  const int count = self->level == 0 && start != NULL ? 1 : self->level;
  luaL_checkstack(self->lua, count, "too many captures");
  for (int i = 0; i < count; i++) matcher_push_capture(self, i, start, end);
  return count;
}
