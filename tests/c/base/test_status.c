/* Status names and the filling of ss_error. */
#include "base/status.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "support/support.h"

/* The numbers and names are a contract with every host language (docs/limits.md). */
static void every_status_has_its_number_and_name(void **state) {
  static const struct {
    ss_status status;
    int number;
    const char *name;
  } names[] = {
      {SS_OK, 0, "ok"},
      {SS_INVALID_OPTIONS, 1, "invalid_options"},
      {SS_INVALID_ARGUMENT, 2, "invalid_argument"},
      {SS_VALUE_TOO_LARGE, 3, "value_too_large"},
      {SS_NOT_FOUND, 4, "not_found"},
      {SS_EXPIRED, 5, "expired"},
      {SS_CONFLICT, 6, "conflict"},
      {SS_KEY_VERSION_UNAVAILABLE, 7, "key_version_unavailable"},
      {SS_KEY_MISMATCH, 8, "key_mismatch"},
      {SS_DECRYPTION_FAILED, 9, "decryption_failed"},
      {SS_INTEGRITY_VIOLATION, 10, "integrity_violation"},
      {SS_POLICY_DENIED, 11, "policy_denied"},
      {SS_POLICY_INVALID, 12, "policy_invalid"},
      {SS_POLICY_FAILED, 13, "policy_failed"},
      {SS_STORAGE_BUSY, 14, "storage_busy"},
      {SS_STORAGE_FULL, 15, "storage_full"},
      {SS_STORAGE_CORRUPT, 16, "storage_corrupt"},
      {SS_STORAGE_FAILED, 17, "storage_failed"},
      {SS_UNSUPPORTED, 18, "unsupported"},
      {SS_CLOSED, 19, "closed"},
      {SS_OUT_OF_MEMORY, 20, "out_of_memory"},
      {SS_INTERNAL, 21, "internal"},
      {SS_INTERRUPTED, 22, "interrupted"},
  };
  const size_t count = sizeof names / sizeof names[0];
  for (size_t i = 0; i < count; i++) {
    assert_int_equal(names[i].status, names[i].number);
    assert_string_equal(ss_status_name(names[i].status), names[i].name);
  }
  assert_string_equal(ss_status_name((ss_status)count), "unknown");
}

/* Whoever adds one says in docs/limits.md what it means. */
static void every_status_but_ok_is_documented(void **state) {
  static char text[16384];
  FILE *file = fopen(SECRETSTORE_SOURCE_DIR "/docs/limits.md", "rb");
  assert_non_null(file);
  assert_true(fread(text, 1, sizeof text - 1, file) > 0);
  (void)fclose(file);
  for (int number = SS_INVALID_OPTIONS; number <= SS_INTERRUPTED; number++) {
    char row[64];
    (void)snprintf(row, sizeof row, "\n| %d | `%s` | ", number, ss_status_name((ss_status)number));
    if (strstr(text, row) == NULL) fail_msg("docs/limits.md has no row%s", row);
  }
}

static void what_is_no_status_is_unknown(void **state) {
  assert_string_equal(ss_status_name((ss_status)1000), "unknown");
  assert_string_equal(ss_status_name((ss_status)-1), "unknown");
}

static void a_failure_carries_code_and_sentence(void **state) {
  ss_error error;
  memset(&error, 'x', sizeof error);
  assert_int_equal(error_set(&error, SS_CONFLICT, "expected %d, got \"%s\"", 1, "two"),
                   SS_CONFLICT);
  assert_int_equal(error.code, SS_CONFLICT);
  assert_string_equal(error.message, "expected 1, got \"two\"");
  assert_string_equal(error.policy_location, "");
}

static void a_failure_without_a_place_for_it_still_returns_its_code(void **state) {
  assert_int_equal(error_set(NULL, SS_NOT_FOUND, "nobody %s", "listens"), SS_NOT_FOUND);
  assert_int_equal(error_out_of_memory(NULL), SS_OUT_OF_MEMORY);
  error_clear(NULL);
}

static void a_cleared_error_is_ok_and_says_nothing(void **state) {
  ss_error error;
  memset(&error, 'x', sizeof error);
  error_clear(&error);
  assert_int_equal(error.code, SS_OK);
  assert_string_equal(error.message, "");
  assert_string_equal(error.policy_location, "");
}

static void a_long_message_is_cut_and_terminated(void **state) {
  char text[2000];
  ss_error error;
  memset(text, 'x', sizeof text);
  text[sizeof text - 1] = '\0';
  (void)error_set(&error, SS_CONFLICT, "%s", text);
  assert_int_equal(strlen(error.message), sizeof error.message - 1);
}

static void quoted_text_is_cut_to_80_bytes(void **state) {
  assert_int_equal(QUOTED_LENGTH((size_t)0), 0);
  assert_int_equal(QUOTED_LENGTH((size_t)79), 79);
  assert_int_equal(QUOTED_LENGTH((size_t)80), 80);
  assert_int_equal(QUOTED_LENGTH((size_t)81), 80);
  assert_int_equal(QUOTED_LENGTH(SIZE_MAX), 80);
}

static bool is_utf8(const char *text) {
  const text_view view = text_view_of(text);
  return utf8_valid_length(view) == view.length;
}

/* Bindings turn messages into strings of their language, which refuse half a character. */
static void a_cut_within_a_character_leaves_well_formed_utf8(void **state) {
  char name[400] = "";
  ss_error error;
  for (size_t i = 0; i < 100; i++) strcat(name, "\xe2\x82\xac");
  for (int before = 0; before < 3; before++) {
    (void)error_set(&error, SS_CONFLICT, "\"%.*s%.*s\"", before, "xyz", QUOTED_LENGTH(strlen(name)),
                    name);
    assert_true(is_utf8(error.message));
    (void)error_set(&error, SS_CONFLICT, "%.*s%s%s", before, "xyz", name, name);
    assert_true(is_utf8(error.message));
  }
  (void)error_set(&error, SS_CONFLICT, "\"%.*s\"", 4, name);
  assert_string_equal(error.message, "\"\xe2\x82\xac?\"");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_status_has_its_number_and_name),
      cmocka_unit_test(every_status_but_ok_is_documented),
      cmocka_unit_test(what_is_no_status_is_unknown),
      cmocka_unit_test(a_failure_carries_code_and_sentence),
      cmocka_unit_test(a_failure_without_a_place_for_it_still_returns_its_code),
      cmocka_unit_test(a_cleared_error_is_ok_and_says_nothing),
      cmocka_unit_test(a_long_message_is_cut_and_terminated),
      cmocka_unit_test(quoted_text_is_cut_to_80_bytes),
      cmocka_unit_test(a_cut_within_a_character_leaves_well_formed_utf8),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
