/* The rules for names (docs/limits.md). */
#include "base/text.h"

#include <string.h>

#include "support/support.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static ss_status check(text_view name, ss_error *error) {
  return text_check_name("name", name, error);
}

static void names_of_any_script_and_sign_are_accepted(void **state) {
  static const char *const names[] = {"A",
                                      "DB_URL",
                                      "acme:production",
                                      " padded ",
                                      "a/b\\c\"d'e</script>",
                                      "~",
                                      "\xd0\xba\xd0\xbb\xd1\x8e\xd1\x87",
                                      "\xf0\x9f\x94\x91",
                                      "\xc2\xa1",      /* U+00A1, first behind C1 and NBSP */
                                      "\xe2\x80\xa8x", /* a line separator beside a letter */
                                      "\xe2\x80\x8b"}; /* U+200B is no white space */
  ss_error error;
  for (size_t i = 0; i < COUNT(names); i++)
    assert_ok(check(text_view_of(names[i]), &error), &error);
}

static void a_name_has_1_to_512_bytes(void **state) {
  char text[SS_MAX_NAME_BYTES + 1];
  ss_error error;
  memset(text, 'n', sizeof text);
  assert_ok(check((text_view){text, 1}, &error), &error);
  assert_ok(check((text_view){text, SS_MAX_NAME_BYTES - 1}, &error), &error);
  assert_ok(check((text_view){text, SS_MAX_NAME_BYTES}, &error), &error);
  assert_fails(check((text_view){text, SS_MAX_NAME_BYTES + 1}, &error), SS_INVALID_ARGUMENT,
               &error);
  assert_string_equal(error.message, "name: expected 1 to 512 bytes of UTF-8, got 513");
  assert_fails(check((text_view){text, 0}, &error), SS_INVALID_ARGUMENT, &error);
}

static void no_name_at_all_is_refused(void **state) {
  ss_error error;
  assert_fails(check((text_view){NULL, 0}, &error), SS_INVALID_ARGUMENT, &error);
  assert_string_equal(error.message, "name: expected text, got none");
}

static void every_control_character_is_refused(void **state) {
  ss_error error;
  for (uint32_t c = 0; c <= 0xa0; c++) {
    const bool is_control = c < 0x20 || (c >= 0x7f && c <= 0x9f);
    const char two_bytes[3] = {'x', (char)(0xc0 | (c >> 6)), (char)(0x80 | (c & 0x3f))};
    const char one_byte[2] = {'x', (char)c};
    const text_view name = c < 0x80 ? (text_view){one_byte, 2} : (text_view){two_bytes, 3};
    assert_fails(check(name, &error), is_control ? SS_INVALID_ARGUMENT : SS_OK, &error);
  }
}

static void a_control_character_is_named_with_its_place(void **state) {
  ss_error error;
  assert_fails(check(text_view_of("ab\x1b[2J"), &error), SS_INVALID_ARGUMENT, &error);
  assert_string_equal(error.message, "name: expected no control characters, got U+001B at byte 2");
}

static void malformed_utf8_is_refused_with_its_place(void **state) {
  ss_error error;
  assert_fails(check(text_view_of("ab\xc3("), &error), SS_INVALID_ARGUMENT, &error);
  assert_string_equal(error.message,
                      "name: expected valid UTF-8, got a malformed sequence at byte 2");
}

static void white_space_alone_is_no_name(void **state) {
  static const char *const spaces[] = {" ",
                                       "   ",
                                       "\xc2\xa0",     /* U+00A0 */
                                       "\xe1\x9a\x80", /* U+1680 */
                                       "\xe2\x80\x80", /* U+2000 */
                                       "\xe2\x80\x8a", /* U+200A */
                                       "\xe2\x80\xa8", /* U+2028 */
                                       "\xe2\x80\xa9", /* U+2029 */
                                       "\xe2\x80\xaf", /* U+202F */
                                       "\xe2\x81\x9f", /* U+205F */
                                       "\xe3\x80\x80", /* U+3000 */
                                       "\xef\xbb\xbf", /* U+FEFF */
                                       " \xe3\x80\x80 "};
  ss_error error;
  for (size_t i = 0; i < COUNT(spaces); i++) {
    assert_fails(check(text_view_of(spaces[i]), &error), SS_INVALID_ARGUMENT, &error);
    assert_string_equal(error.message,
                        "name: expected more than white space, got only white space");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_of_any_script_and_sign_are_accepted),
      cmocka_unit_test(a_name_has_1_to_512_bytes),
      cmocka_unit_test(no_name_at_all_is_refused),
      cmocka_unit_test(every_control_character_is_refused),
      cmocka_unit_test(a_control_character_is_named_with_its_place),
      cmocka_unit_test(malformed_utf8_is_refused_with_its_place),
      cmocka_unit_test(white_space_alone_is_no_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
