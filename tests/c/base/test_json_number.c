/* Which numbers a JSON text may say: those that an integer of 64 bits or a double holds. */
#include "base/json_number.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/expect_text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_held(const char *text) {
  size_t at = 0;
  return json_numbers_are_held(text_view_of(text), &at);
}

static void assert_each(const char *const *texts, size_t count, bool held) {
  for (size_t i = 0; i < count; i++) {
    if (is_held(texts[i]) != held) fail_msg("%s: %s", texts[i], held ? "refused" : "let through");
  }
}

static void integers_of_64_bits_are_held(void **state) {
  static const char *const texts[] = {
      "0",
      "-0",
      "9007199254740993",
      "-9007199254740993",
      "1234567890123456789",
      "9223372036854775807",
      "-9223372036854775808",
  };
  assert_each(texts, COUNT(texts), true);
}

/* The right sides of assignments in Node: 2 ** 63, 2 ** 64, 1e20, 1e21 - 65536 and so on. */
static void integers_that_javascript_prints_are_held(void **state) {
  static const char *const texts[] = {
      "9223372036854776000",   "-9223372036854776000",   "18446744073709552000",
      "100000000000000000000", "-100000000000000000000", "999999999999999900000",
      "123456789012345680000", "1000000000000000000000",
  };
  assert_each(texts, COUNT(texts), true);
}

static void integers_that_neither_holds_are_not(void **state) {
  static const char *const texts[] = {
      "9223372036854775809",   "-9223372036854775809",  "18446744073709551615",
      "100000000000000000001", "123456789012345678901",
  };
  assert_each(texts, COUNT(texts), false);
}

static void powers_of_two_are_held_written_out(void **state) {
  char text[400];
  for (int exponent = 63; exponent < 1024; exponent++) {
    (void)snprintf(text, sizeof text, "%.0f", ldexp(1, exponent));
    if (!is_held(text)) fail_msg("2^%d is refused", exponent);
    text[strlen(text) - 1] ^= 1;
    if (is_held(text)) fail_msg("2^%d with another last digit is let through", exponent);
  }
}

static void fractions_and_exponents_are_held_if_a_double_has_as_many_digits(void **state) {
  static const char *const texts[] = {
      "0.1",
      "1.50",
      "-2.5e-3",
      "1e2",
      "1E+2",
      "100e-2",
      "0.10000000000000001",
      "0.0",
      "-0.0",
      "0e999",
      "5e-324",
      "1e308",
      "1.7976931348623157e308",
      "1e22",
      "1e-7",
      "0.30000000000000004",
      "1700000000000.25",
      "0.1000000000000000055511151231257827",
      "3.141592653589793",
      "3.14159265358979",
      "0.000000000000000000000000000000000000000000000000000000000000001",
  };
  assert_each(texts, COUNT(texts), true);
}

static void those_that_would_lose_digits_are_not(void **state) {
  static const char *const texts[] = {
      "3.14159265358979323846",
      "0.1000000000000000000001",
      "1e309",
      "-1e309",
      "1e-400",
      "1e99999999999999999999",
      "1e-99999999999999999999",
      "9007199254740993.0",
      "2.5e-324",
  };
  assert_each(texts, COUNT(texts), false);
}

static void very_long_numbers_are_told_apart_too(void **state) {
  enum { LENGTH = 16000 };
  static char text[LENGTH + 2];
  memset(text, '0', LENGTH);
  text[0] = '1', text[1] = '.';
  assert_true(is_held(text));
  text[LENGTH - 1] = '1';
  assert_false(is_held(text));
  memset(text, '1', LENGTH);
  assert_false(is_held(text));
}

/* As JavaScript and Python print 2^-24, 2^-1017 and 2^803; the nearest end with one less. */
static void powers_of_two_are_held_as_hosts_print_them(void **state) {
  static const char *const held[] = {"5.960464477539063e-8", "7.120236347223045e-307",
                                     "5.334411546303884e+241", "2.9802322387695312e-8"};
  static const char *const lost[] = {"2.9802322387695311e-8", "2.9802322387695314e-8"};
  (void)state;
  assert_each(held, sizeof held / sizeof held[0], true);
  assert_each(lost, sizeof lost / sizeof lost[0], false);
}

static void doubles_are_held_as_they_are_appended_and_come_back(void **state) {
  uint64_t bits = UINT64_C(0x9e3779b97f4a7c15);
  for (int i = 0; i < 20000; i++) {
    double number = 0;
    byte_buffer output = {0};
    bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    memcpy(&number, &bits, sizeof number);
    if (!isfinite(number)) continue;
    json_append_real(&output, number);
    buffer_append(&output, "", 1);
    const char *text = (const char *)output.data;
    assert_true(strtod(text, NULL) == number);
    if (!is_held(text)) fail_msg("%s is refused", text);
    buffer_clear(&output);
  }
}

static void assert_real(double number, const char *expected) {
  byte_buffer output = {0};
  json_append_real(&output, number);
  assert_text(&output, expected);
}

static void reals_come_with_as_few_digits_as_bring_them_back(void **state) {
  assert_real(0.1, "0.1");
  assert_real(1.5, "1.5");
  assert_real(0.1 + 0.2, "0.30000000000000004");
  assert_real(5e-324, "4.94065645841247e-324");
  assert_real(9223372036854775808.0, "9.223372036854776e+18");
  assert_real(1e20, "1e+20");
  assert_real(3, "3.0");
  assert_real(-0.0, "-0.0");
}

static void a_locale_with_another_point_changes_nothing(void **state) {
  static const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "ps_AF.UTF-8"};
  for (size_t i = 0; i < COUNT(locales); i++) {
    if (setlocale(LC_ALL, locales[i]) == NULL) continue;
    assert_true(is_held("0.1"));
    assert_false(is_held("0.1000000000000000000001"));
    assert_real(0.1, "0.1");
    assert_real(1e20, "1e+20");
    (void)setlocale(LC_ALL, "C");
  }
}

static void what_stands_in_strings_is_no_number(void **state) {
  assert_true(is_held("{\"18446744073709551615\":\"\\\"18446744073709551615\"}"));
  size_t at = 0;
  assert_false(json_numbers_are_held(text_view_of("{\"a\":[1,18446744073709551615]}"), &at));
  assert_int_equal(at, 8);
}

static void assert_widened(const char *text, const char *expected) {
  byte_buffer output = {0};
  assert_true(json_append_widened(&output, text_view_of(text)));
  assert_text(&output, expected);
}

static void integers_beyond_64_bits_are_widened_for_a_parser(void **state) {
  byte_buffer output = {0};
  assert_false(json_append_widened(&output, text_view_of("[1,-9223372036854775808,1e20,2.5]")));
  assert_int_equal(output.length, 0);
  assert_widened("[9223372036854775808]", "[9223372036854775808.0]");
  assert_widened("{\"9223372036854775808\":-9223372036854775809,\"b\":100000000000000000000}",
                 "{\"9223372036854775808\":-9223372036854775809.0,\"b\":100000000000000000000.0}");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(integers_of_64_bits_are_held),
      cmocka_unit_test(integers_that_javascript_prints_are_held),
      cmocka_unit_test(integers_that_neither_holds_are_not),
      cmocka_unit_test(powers_of_two_are_held_written_out),
      cmocka_unit_test(fractions_and_exponents_are_held_if_a_double_has_as_many_digits),
      cmocka_unit_test(those_that_would_lose_digits_are_not),
      cmocka_unit_test(very_long_numbers_are_told_apart_too),
      cmocka_unit_test(powers_of_two_are_held_as_hosts_print_them),
      cmocka_unit_test(doubles_are_held_as_they_are_appended_and_come_back),
      cmocka_unit_test(reals_come_with_as_few_digits_as_bring_them_back),
      cmocka_unit_test(a_locale_with_another_point_changes_nothing),
      cmocka_unit_test(what_stands_in_strings_is_no_number),
      cmocka_unit_test(integers_beyond_64_bits_are_widened_for_a_parser),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
