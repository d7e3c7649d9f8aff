/* UTF-8: what is well-formed, and what becomes of the rest. */
#include "base/utf8.h"

#include <string.h>

#include "support/support.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* RFC 3629: what is malformed, and where. */
static void utf8_is_valid_up_to_the_first_malformed_sequence(void **state) {
  static const struct {
    const char *text;
    size_t valid;
  } cases[] = {
      {"", 0},
      {"abc", 3},
      {"a\xc3\xa9", 3},
      {"\xf0\x9f\x94\x91", 4},
      {"\x7f", 1},
      {"\xc2\x80", 2},             /* U+0080, the first of two bytes */
      {"\xdf\xbf", 2},             /* U+07FF, the last */
      {"\xe0\xa0\x80", 3},         /* U+0800 */
      {"\xef\xbf\xbf", 3},         /* U+FFFF */
      {"\xf0\x90\x80\x80", 4},     /* U+10000 */
      {"\xf4\x8f\xbf\xbf", 4},     /* U+10FFFF, the last of all */
      {"\xf4\x90\x80\x80", 0},     /* one beyond */
      {"\xed\x9f\xbf", 3},         /* U+D7FF, the last before the surrogates */
      {"\xed\xa0\x80", 0},         /* a high surrogate */
      {"\xed\xbf\xbf", 0},         /* a low one */
      {"\xee\x80\x80", 3},         /* U+E000, the first behind them */
      {"\xc0\x80", 0},             /* U+0000 in two bytes */
      {"\xc1\xbf", 0},             /* overlong forms */
      {"\xe0\x9f\xbf", 0},         /* of three */
      {"\xf0\x8f\xbf\xbf", 0},     /* and four bytes */
      {"\xf8\x88\x80\x80\x80", 0}, /* there are no five-byte forms */
      {"a\x80", 1},                /* a continuation alone */
      {"\xc3", 0},                 /* cut off */
      {"\xe2\x82", 0},             /* cut off */
      {"\xf0\x9f\x94", 0},         /* cut off */
      {"\xc3(", 0},                /* not continued */
      {"\xe2(\xa1", 0},            /* not continued */
      {"ab\xff", 2},
      {"ab\xfe", 2},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    const size_t valid = utf8_valid_length(text_view_of(cases[i].text));
    if (valid != cases[i].valid) fail_msg("case %zu: valid up to %zu", i, valid);
  }
}

static void nothing_beyond_the_length_is_read(void **state) {
  const char text[] = {'a', (char)0xe2, (char)0x82, (char)0xac};
  assert_int_equal(utf8_valid_length((text_view){text, 4}), 4);
  assert_int_equal(utf8_valid_length((text_view){text, 3}), 1);
  assert_int_equal(utf8_valid_length((text_view){NULL, 0}), 0);
}

static void repair_replaces_exactly_the_malformed_bytes(void **state) {
  static const char *const cases[][2] = {
      {"", ""},      {"sound \xe2\x82\xac", "sound \xe2\x82\xac"},       {"cut \xe2\x82", "cut ??"},
      {"\xff", "?"}, {"a\x80z\xc3\xa9\xed\xa0\x80.", "a?z\xc3\xa9???."},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    char text[32];
    strcpy(text, cases[i][0]);
    utf8_repair(text);
    assert_string_equal(text, cases[i][1]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(utf8_is_valid_up_to_the_first_malformed_sequence),
      cmocka_unit_test(nothing_beyond_the_length_is_read),
      cmocka_unit_test(repair_replaces_exactly_the_malformed_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
