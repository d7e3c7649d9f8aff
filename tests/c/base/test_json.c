/* JSON: escaping to the byte as JSON.stringify does, and what counts as an object from outside. */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/expect_text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_quoted(text_view text, const char *expected) {
  byte_buffer output = {0};
  json_append_string(&output, text);
  assert_text(&output, expected);
}

/* The right sides were printed by JSON.stringify in Node. */
static void strings_are_escaped_as_json_stringify_does(void **state) {
  static const char *const cases[][2] = {
      {"", "\"\""},
      {"plain", "\"plain\""},
      {"q\"b\\s/", "\"q\\\"b\\\\s/\""},
      {"\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\""},
      {"\x01\x0b\x0e\x1a\x1f", "\"\\u0001\\u000b\\u000e\\u001a\\u001f\""},
      {"\x7f\xc2\x80\xc2\x9f", "\"\x7f\xc2\x80\xc2\x9f\""},
      {"line\xe2\x80\xa8sep\xe2\x80\xa9", "\"line\xe2\x80\xa8sep\xe2\x80\xa9\""},
      {"\xd0\xba\xf0\x9f\x94\x91</script>", "\"\xd0\xba\xf0\x9f\x94\x91</script>\""},
      {"\"", "\"\\\"\""},
      {"a\"", "\"a\\\"\""},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    assert_quoted(text_view_of(cases[i][0]), cases[i][1]);
  }
}

static void an_embedded_nul_is_escaped(void **state) {
  assert_quoted((text_view){"a\0b", 3}, "\"a\\u0000b\"");
}

static void absent_text_is_null_and_empty_text_is_not(void **state) {
  assert_quoted((text_view){NULL, 0}, "null");
  assert_quoted((text_view){"", 0}, "\"\"");
  assert_quoted(text_view_of("null"), "\"null\"");
}

static void a_time_is_a_number_and_no_expiry_is_null(void **state) {
  byte_buffer output = {0};
  json_append_time(&output, 0);
  buffer_append_text(&output, " ");
  json_append_time(&output, SS_MAX_INTEGER);
  buffer_append_text(&output, " ");
  json_append_time(&output, SS_NO_EXPIRY);
  assert_text(&output, "0 9007199254740991 null");
}

static ss_status compact(byte_buffer *output, const char *text, ss_error *error) {
  return json_append_compact_object(output, "metadata", text_view_of(text), error);
}

static void objects_lose_white_space_between_tokens_and_nothing_else(void **state) {
  static const char *const cases[][2] = {
      {"{}", "{}"},
      {" \t\r\n{ \n} \t", "{}"},
      {"{ \"b\" : 1 , \"a\" : [ 1 , 2 ] }", "{\"b\":1,\"a\":[1,2]}"},
      {"{\"a b\": \" c  d \"}", "{\"a b\":\" c  d \"}"},
      {"{\"q\\\" : \": \"\\\\\" }", "{\"q\\\" : \":\"\\\\\"}"},
      {"{\"n\": 1.50, \"e\": 1E+2, \"z\": -0 }", "{\"n\":1.50,\"e\":1E+2,\"z\":-0}"},
      {"{\"u\": \"\\u00e9\\u0000\\/\"}", "{\"u\":\"\\u00e9\\u0000\\/\"}"},
      {"{\"\xd0\xba\": \"\xf0\x9f\x94\x91 \xe2\x80\xa8\"}",
       "{\"\xd0\xba\":\"\xf0\x9f\x94\x91 \xe2\x80\xa8\"}"},
      {"{\"\": null, \"t\": true, \"f\": false}", "{\"\":null,\"t\":true,\"f\":false}"},
      {"{\"a\":{\"a\":1}}", "{\"a\":{\"a\":1}}"},
      {"{\"big\": 9223372036854775807}", "{\"big\":9223372036854775807}"},
  };
  ss_error error;
  for (size_t i = 0; i < COUNT(cases); i++) {
    byte_buffer output = {0};
    assert_ok(compact(&output, cases[i][0], &error), &error);
    assert_text(&output, cases[i][1]);
  }
}

static void a_compact_object_is_appended_to_what_is_there(void **state) {
  byte_buffer output = {0};
  ss_error error;
  buffer_append_text(&output, "[");
  assert_ok(compact(&output, "{ }", &error), &error);
  assert_text(&output, "[{}");
}

typedef struct refusal {
  const char *text;
  const char *message; /* what its message holds */
} refusal;

static void assert_refused(const refusal *cases, size_t count) {
  for (size_t i = 0; i < count; i++) {
    byte_buffer output = {0};
    ss_error error;
    const ss_status status = compact(&output, cases[i].text, &error);
    if (status != SS_INVALID_ARGUMENT) fail_msg("%s: %s", cases[i].text, ss_status_name(status));
    if (strstr(error.message, cases[i].message) == NULL) {
      fail_msg("%s: \"%s\" does not say \"%s\"", cases[i].text, error.message, cases[i].message);
    }
    buffer_clear(&output);
  }
}

static void other_kinds_of_json_are_refused(void **state) {
  static const refusal cases[] = {
      {"[]", "another kind"},   {"\"text\"", "another kind"}, {"7", "another kind"},
      {"null", "another kind"}, {"true", "another kind"},
  };
  assert_refused(cases, COUNT(cases));
}

static void malformed_text_is_refused(void **state) {
  static const refusal cases[] = {
      {"", "the end of the text"},
      {"  ", "the end of the text"},
      {"{", "the end of the text"},
      {"{\"a\":\"b", "the end of the text"},
      {"{}x", "more text behind it"},
      {"{}{}", "more text behind it"},
      {"{\"a\":1,}", "not JSON"},
      {"{a:1}", "not JSON"},
      {"{'a':1}", "not JSON"},
      {"{\"a\":01}", "not JSON"},
      {"{\"a\":NaN}", "not JSON"},
      {"{\"a\":\"\\x\"}", "not JSON"},
      {"{\"a\":\"tab\there\"}", "not JSON"},
      {"{\"a\":\"\\ud800\"}", "not JSON"},
      {"/*c*/{}", "not JSON"},
      {"\xef\xbb\xbf{}", "not JSON"},
      {"}{", "not JSON"},
      {"{\"a\":\"\xff\"}", "malformed UTF-8"},
      {"{\"a\":\"\xed\xa0\x80\"}", "malformed UTF-8"},
      {"{\"a\":\"\xc0\x80\"}", "malformed UTF-8"},
      {"{\"\\u0000\":1}", "a key with U+0000"},
  };
  assert_refused(cases, COUNT(cases));
}

/* Taking the white space out would make one token of two. */
static void tokens_parted_by_white_space_stay_two(void **state) {
  static const refusal cases[] = {
      {"{\"a\":1 2}", "not JSON"},   {"{\"a\":t rue}", "not JSON"}, {"{\"a\":- 1}", "not JSON"},
      {"{\"a\":1\n.5}", "not JSON"}, {"{\"a\":1 e5}", "not JSON"},
  };
  assert_refused(cases, COUNT(cases));
}

static void a_key_twice_is_refused_however_it_is_spelt(void **state) {
  static const refusal cases[] = {
      {"{\"a\":1,\"a\":2}", "a key for the second time"},
      {"{\"a\":1,\"\\u0061\":2}", "a key for the second time"},
      {"{\"x\":{\"b\":1,\"c\":2,\"b\":3}}", "a key for the second time"},
  };
  assert_refused(cases, COUNT(cases));
}

static void numbers_out_of_range_are_refused(void **state) {
  static const refusal cases[] = {
      {"{\"a\":18446744073709551615}", "one that would lose digits (at byte 6)"},
      {"{\"a\":-9223372036854775809}", "one that would lose digits (at byte 6)"},
      {"{\"a\":3.14159265358979323846}", "one that would lose digits (at byte 6)"},
      {"{\"a\":1e-400}", "one that would lose digits (at byte 6)"},
      {"{\"a\":1e400}", "a number out of range"},
  };
  assert_refused(cases, COUNT(cases));
}

/* {"k":"xxx"} with that many bytes in all. */
static char *object_of_length(size_t length, size_t spaces) {
  char *text = malloc(length + spaces + 1);
  assert_non_null(text);
  memset(text, ' ', spaces);
  memset(text + spaces, 'x', length);
  memcpy(text + spaces, "{\"k\":\"", 6);
  memcpy(text + spaces + length - 2, "\"}", 3);
  return text;
}

static void the_length_limit_counts_the_compact_text(void **state) {
  char *fits = object_of_length(SS_MAX_METADATA_BYTES, 0);
  char *fits_once_compact = object_of_length(SS_MAX_METADATA_BYTES, 5000);
  char *too_long = object_of_length(SS_MAX_METADATA_BYTES + 1, 0);
  byte_buffer output = {0};
  ss_error error;
  assert_ok(compact(&output, fits, &error), &error);
  assert_text(&output, fits);
  assert_ok(compact(&output, fits_once_compact, &error), &error);
  assert_int_equal(output.length, SS_MAX_METADATA_BYTES);
  assert_fails(compact(&output, too_long, &error), SS_INVALID_ARGUMENT, &error);
  assert_string_equal(error.message,
                      "metadata: expected at most 16384 bytes of compact JSON, got 16385");
  buffer_clear(&output);
  free(fits);
  free(fits_once_compact);
  free(too_long);
}

/* {"a":[[...]]}: the object is level 1. */
static void nest(char *text, size_t depth) {
  strcpy(text, "{\"a\":");
  for (size_t i = 1; i < depth; i++) strcat(text, "[");
  for (size_t i = 1; i < depth; i++) strcat(text, "]");
  strcat(text, "}");
}

static void nesting_is_bounded(void **state) {
  char text[256];
  byte_buffer output = {0};
  ss_error error;
  nest(text, SS_MAX_METADATA_DEPTH);
  assert_ok(compact(&output, text, &error), &error);
  nest(text, SS_MAX_METADATA_DEPTH + 1);
  assert_fails(compact(&output, text, &error), SS_INVALID_ARGUMENT, &error);
  assert_string_equal(error.message, "metadata: expected nesting of at most 16, got 17");
  buffer_clear(&output);
}

static void brackets_within_strings_do_not_nest(void **state) {
  byte_buffer output = {0};
  ss_error error;
  static const char text[] = "{\"[[[[[[[[[[\":\"\\\"{{{{{{{{{{{{{{{{{{{{\"}";
  assert_ok(compact(&output, text, &error), &error);
  assert_text(&output, text);
}

static void sixteen_thousand_brackets_are_refused_before_parsing(void **state) {
  char text[SS_MAX_METADATA_BYTES + 1];
  byte_buffer output = {0};
  ss_error error;
  memset(text, '[', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  assert_fails(compact(&output, text, &error), SS_INVALID_ARGUMENT, &error);
  assert_non_null(strstr(error.message, "nesting"));
  buffer_clear(&output);
}

static void no_text_is_refused(void **state) {
  byte_buffer output = {0};
  ss_error error;
  assert_fails(compact(&output, NULL, &error), SS_INVALID_ARGUMENT, &error);
  assert_string_equal(error.message, "metadata: expected a JSON object, got none");
}

/* A value given as metadata by mistake must not turn up in a log. */
static void messages_do_not_quote_the_text(void **state) {
  static const char *const mistakes[] = {"hunter2", "\"hunter2\"", "{\"a\":hunter2}", "{} hunter2",
                                         "{\"hunter2\":1,\"hunter2\":2}"};
  for (size_t i = 0; i < COUNT(mistakes); i++) {
    byte_buffer output = {0};
    ss_error error;
    assert_fails(compact(&output, mistakes[i], &error), SS_INVALID_ARGUMENT, &error);
    if (strstr(error.message, "hunter2") != NULL) fail_msg("%s", error.message);
    buffer_clear(&output);
  }
}

static void the_place_is_one_in_the_text_as_given(void **state) {
  byte_buffer output = {0};
  ss_error error;
  assert_fails(compact(&output, "{   \"a\"   :   1   x}", &error), SS_INVALID_ARGUMENT, &error);
  assert_string_equal(
      error.message,
      "metadata: expected a JSON object, got something that is not JSON (at byte 19)");
  buffer_clear(&output);
}

static void a_failed_buffer_is_out_of_memory(void **state) {
  byte_buffer output = {.failed = true};
  ss_error error;
  assert_fails(compact(&output, "{}", &error), SS_OUT_OF_MEMORY, &error);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(strings_are_escaped_as_json_stringify_does),
      cmocka_unit_test(an_embedded_nul_is_escaped),
      cmocka_unit_test(absent_text_is_null_and_empty_text_is_not),
      cmocka_unit_test(a_time_is_a_number_and_no_expiry_is_null),
      cmocka_unit_test(objects_lose_white_space_between_tokens_and_nothing_else),
      cmocka_unit_test(a_compact_object_is_appended_to_what_is_there),
      cmocka_unit_test(other_kinds_of_json_are_refused),
      cmocka_unit_test(malformed_text_is_refused),
      cmocka_unit_test(tokens_parted_by_white_space_stay_two),
      cmocka_unit_test(a_key_twice_is_refused_however_it_is_spelt),
      cmocka_unit_test(numbers_out_of_range_are_refused),
      cmocka_unit_test(the_length_limit_counts_the_compact_text),
      cmocka_unit_test(nesting_is_bounded),
      cmocka_unit_test(brackets_within_strings_do_not_nest),
      cmocka_unit_test(sixteen_thousand_brackets_are_refused_before_parsing),
      cmocka_unit_test(no_text_is_refused),
      cmocka_unit_test(messages_do_not_quote_the_text),
      cmocka_unit_test(the_place_is_one_in_the_text_as_given),
      cmocka_unit_test(a_failed_buffer_is_out_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
