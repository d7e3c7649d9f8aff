/* The worked cursor of docs/formats.md, and what becomes of damaged ones. */
#include "engine/operations/cursor.h"

#include <string.h>

#include "support/support.h"

#define QUERY "[\"namespaces\",\"00112233445566778899aabbccddeeff\"]"
#define WORKED_CURSOR "AAAAAAAAAAAAAAAAAAAAAAFhY21lFk2MCSHQY1QE0nD_3oQiLA"

static int set_up(void **state) {
  static crypto_suite suite;
  ss_error error;
  assert_ok(crypto_suite_init(&suite, &error), &error);
  *state = &suite;
  return 0;
}

static int tear_down(void **state) {
  crypto_suite_clear(*state);
  return 0;
}

static byte_view query_of(const char *text) {
  return (byte_view){(const unsigned char *)text, strlen(text)};
}

static void the_worked_cursor_is_as_documented(void **state) {
  const cursor_position position = {.name = text_view_of("acme")};
  const char *cursor = NULL;
  arena *memory = arena_new();
  ss_error error;
  assert_ok(cursor_encode(*state, query_of(QUERY), &position, memory, &cursor, &error), &error);
  assert_string_equal(cursor, WORKED_CURSOR);
  arena_free(memory);
}

static void a_cursor_gives_its_position_back(void **state) {
  static const cursor_position positions[] = {
      {0, 0, {NULL, 0}}, {INT64_MAX, INT64_MIN, {NULL, 0}}, {1, -1, {"", 0}}, {7, 8, {"abc", 3}}};
  for (size_t i = 0; i < sizeof positions / sizeof positions[0]; i++) {
    cursor_position found;
    byte_buffer decoded = {0};
    const char *cursor = NULL;
    arena *memory = arena_new();
    ss_error error;
    assert_ok(cursor_encode(*state, query_of(QUERY), &positions[i], memory, &cursor, &error),
              &error);
    assert_ok(cursor_decode(*state, query_of(QUERY), cursor, &found, &decoded, &error), &error);
    assert_int_equal(found.first, positions[i].first);
    assert_int_equal(found.second, positions[i].second);
    assert_true(text_view_equals(found.name, positions[i].name));
    buffer_clear(&decoded);
    arena_free(memory);
  }
}

static ss_status decode(const crypto_suite *suite, const char *query, const char *cursor) {
  cursor_position position;
  byte_buffer decoded = {0};
  ss_error error;
  const ss_status status =
      cursor_decode(suite, query_of(query), cursor, &position, &decoded, &error);
  buffer_clear(&decoded);
  return status;
}

/* Any character in any place, its last included, whose bits no byte takes in part. */
static void no_character_of_a_cursor_can_be_changed(void **state) {
  char cursor[] = WORKED_CURSOR;
  assert_int_equal(decode(*state, QUERY, cursor), SS_OK);
  for (size_t i = 0; i < sizeof cursor - 1; i++) {
    for (int c = 1; c < 256; c++) {
      if (c == (unsigned char)WORKED_CURSOR[i]) continue;
      cursor[i] = (char)c;
      if (decode(*state, QUERY, cursor) != SS_INVALID_ARGUMENT) fail_msg("%s", cursor);
    }
    cursor[i] = WORKED_CURSOR[i];
  }
}

static void a_cursor_cut_or_lengthened_is_refused(void **state) {
  static const char longer[] = WORKED_CURSOR "AAAA";
  char cursor[sizeof longer];
  for (size_t length = 0; length < sizeof longer; length++) {
    memcpy(cursor, longer, length);
    cursor[length] = '\0';
    const ss_status expected = length == strlen(WORKED_CURSOR) ? SS_OK : SS_INVALID_ARGUMENT;
    assert_int_equal(decode(*state, QUERY, cursor), expected);
  }
}

static void a_cursor_of_another_query_is_refused(void **state) {
  assert_int_equal(decode(*state, QUERY "x", WORKED_CURSOR), SS_INVALID_ARGUMENT);
  assert_int_equal(decode(*state, "", WORKED_CURSOR), SS_INVALID_ARGUMENT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_worked_cursor_is_as_documented),
      cmocka_unit_test(a_cursor_gives_its_position_back),
      cmocka_unit_test(no_character_of_a_cursor_can_be_changed),
      cmocka_unit_test(a_cursor_cut_or_lengthened_is_refused),
      cmocka_unit_test(a_cursor_of_another_query_is_refused),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
