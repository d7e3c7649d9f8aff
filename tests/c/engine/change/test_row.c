/* Rows: what is plausible, what if_revision allows, when a row is expired, and ids as text. */
#include "engine/change/row.h"

#include <string.h>

#include "support/support.h"

static const text_view name = {"A", 1};

/* ---- Numbers ------------------------------------------------------------------------------- */

static void numbers_out_of_range_become_the_nearest_within(void **state) {
  assert_int_equal(row_plausible(INT64_MIN), 0);
  assert_int_equal(row_plausible(0), 0);
  assert_int_equal(row_plausible(SS_MAX_INTEGER), SS_MAX_INTEGER);
  assert_int_equal(row_plausible(INT64_MAX), SS_MAX_INTEGER);
}

static void no_expiry_stays_none_and_other_negative_ones_do_not(void **state) {
  assert_int_equal(row_plausible_expiry(SS_NO_EXPIRY), SS_NO_EXPIRY);
  assert_int_equal(row_plausible_expiry(SS_NO_EXPIRY - 1), 0);
  assert_int_equal(row_plausible_expiry(INT64_MAX), SS_MAX_INTEGER);
}

static void a_row_is_expired_from_its_very_millisecond_on(void **state) {
  const secret_record row = {.expires_at = TEST_NOW};
  const secret_record lasting = {.expires_at = SS_NO_EXPIRY};
  assert_false(row_is_expired(&row, TEST_NOW - 1));
  assert_true(row_is_expired(&row, TEST_NOW));
  assert_false(row_is_expired(&lasting, SS_MAX_INTEGER));
}

/* ---- Revisions ----------------------------------------------------------------------------- */

static void if_revision_is_compared_with_the_row_or_with_none(void **state) {
  const secret_record row = {.revision = 3};
  ss_error error;
  assert_ok(row_check_revision(name, &row, SS_ANY_REVISION, &error), &error);
  assert_ok(row_check_revision(name, &row, 3, &error), &error);
  assert_ok(row_check_revision(name, NULL, 0, &error), &error);
  assert_fails(row_check_revision(name, &row, 0, &error), SS_CONFLICT, &error);
  assert_non_null(strstr(error.message, "expected revision 0, found revision 3"));
  assert_fails(row_check_revision(name, NULL, 3, &error), SS_CONFLICT, &error);
  assert_non_null(strstr(error.message, "expected revision 3, but there is none"));
}

static void the_last_revision_has_no_next_one(void **state) {
  secret_record row = {.revision = SS_MAX_INTEGER - 1};
  int64_t next = 0;
  ss_error error;
  assert_ok(row_next_revision(name, &row, &next, &error), &error);
  assert_int_equal(next, SS_MAX_INTEGER);
  row.revision = next;
  assert_fails(row_next_revision(name, &row, &next, &error), SS_UNSUPPORTED, &error);
}

/* ---- Ids ----------------------------------------------------------------------------------- */

static void ids_come_back_from_their_text(void **state) {
  static const int64_t ids[] = {1, 10, 42, SS_MAX_INTEGER};
  for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
    char text[SS_ID_CAPACITY];
    int64_t id = 0;
    row_format_secret_id(ids[i], text);
    assert_true(row_parse_secret_id(text, &id));
    assert_int_equal(id, ids[i]);
  }
}

static void other_texts_are_no_ids(void **state) {
  static const char *const texts[] = {
      "", "0", "-1", "+1", " 1", "1 ", "01", "1x", "9007199254740992", "99999999999999999999999",
  };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    int64_t id = -1;
    assert_false(row_parse_secret_id(texts[i], &id));
    assert_int_equal(id, -1);
  }
}

/* ---- What a row must be before its key is looked for ----------------------------------------- */

static secret_record plausible_row(void) {
  return (secret_record){.id = 1,
                         .format = STORAGE_SECRET_FORMAT,
                         .revision = 1,
                         .key_version = 1,
                         .expires_at = SS_NO_EXPIRY,
                         .value_digest = {(const unsigned char *)"", 0}};
}

static void assert_refused(const secret_record *row, ss_status expected, const char *why) {
  dek key = {{0}};
  ss_error error;
  assert_fails(row_unwrap_dek(NULL, NULL, (text_view){0}, name, row, &key, &error), expected,
               &error);
  assert_non_null(strstr(error.message, why));
}

static void a_row_of_a_newer_format_needs_a_newer_library(void **state) {
  secret_record row = plausible_row();
  row.format++;
  assert_refused(&row, SS_UNSUPPORTED, "expected row format 2, got 3");
}

static void metadata_that_is_no_object_is_refused_unopened(void **state) {
  secret_record row = plausible_row();
  row.metadata = text_view_of("null");
  assert_refused(&row, SS_DECRYPTION_FAILED, "is not a JSON object");
  row.metadata = text_view_of("");
  assert_refused(&row, SS_DECRYPTION_FAILED, "is not a JSON object");
}

static void a_number_out_of_range_is_refused_unopened(void **state) {
  int64_t *fields[6];
  secret_record row;
  fields[0] = &row.id, fields[1] = &row.revision, fields[2] = &row.key_version;
  fields[3] = &row.created_at, fields[4] = &row.updated_at, fields[5] = &row.expires_at;
  for (size_t i = 0; i < 6; i++) {
    row = plausible_row();
    *fields[i] = SS_MAX_INTEGER + 1;
    assert_refused(&row, SS_DECRYPTION_FAILED, "out of its range");
    *fields[i] = -2;
    assert_refused(&row, SS_DECRYPTION_FAILED, "out of its range");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_out_of_range_become_the_nearest_within),
      cmocka_unit_test(no_expiry_stays_none_and_other_negative_ones_do_not),
      cmocka_unit_test(a_row_is_expired_from_its_very_millisecond_on),
      cmocka_unit_test(if_revision_is_compared_with_the_row_or_with_none),
      cmocka_unit_test(the_last_revision_has_no_next_one),
      cmocka_unit_test(ids_come_back_from_their_text),
      cmocka_unit_test(other_texts_are_no_ids),
      cmocka_unit_test(a_row_of_a_newer_format_needs_a_newer_library),
      cmocka_unit_test(metadata_that_is_no_object_is_refused_unopened),
      cmocka_unit_test(a_number_out_of_range_is_refused_unopened),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
