/* The root's text: what is written is read back, and nothing else is. */
#include "audit/root.h"

#include <stdlib.h>
#include <string.h>

#include "base/expect_text.h"
#include "worked_store.h"

static root_record parsed(const char *text) {
  root_record root;
  ss_error error;
  assert_ok(root_parse(text_view_of(text), &root, &error), &error);
  return root;
}

static void the_worked_root_is_read_and_written_as_it_is(void **state) {
  byte_buffer text = {0};
  root_record root = parsed(WORKED_ROOT);
  assert_string_equal(root.store_id, WORKED_STORE_ID);
  assert_int_equal(root.sequence, 1);
  assert_int_equal(root.kek_count, 1);
  assert_int_equal(root.keks[0].state, KEK_ADMITTED);
  assert_int_equal(root.keks[0].active_since, 1770000000000);
  assert_int_equal(root.epoch_count, 1);
  assert_worked(root.epochs[0].check, WORKED_EPOCH_CHECK);
  assert_int_equal(root.epochs[0].wraps[0].key_version, 1);
  assert_int_equal(root.settings.events_min_retention_ms, 2592000000);
  assert_false(root.requires_policy);
  assert_int_equal(root.log_sequence, 1);
  root_append_text(&text, &root);
  assert_text(&text, WORKED_ROOT);
  root_clear(&root);
}

static root_record with_two_keys_and_epochs(void) {
  root_record root = parsed(WORKED_ROOT);
  root_kek *kek = root_add_kek(&root, 0);
  assert_non_null(kek);
  root_epoch *epoch = root_add_epoch(&root);
  assert_non_null(epoch);
  for (size_t i = 0; i < 2; i++) assert_non_null(root_add_wrap(&root.epochs[i], 0));
  assert_non_null(root_add_wrap(&root.epochs[1], 1));
  root.requires_policy = true;
  memset(root.policy_hash, 7, sizeof root.policy_hash);
  return root;
}

static char *text_of(const root_record *root) {
  byte_buffer text = {0};
  root_append_text(&text, root);
  char *copy = strndup((const char *)text.data, text.length);
  assert_non_null(copy);
  buffer_clear(&text);
  return copy;
}

static void versions_and_wraps_stand_in_their_order(void **state) {
  root_record made = with_two_keys_and_epochs();
  char *text = text_of(&made);
  root_record read = parsed(text);
  assert_int_equal(read.keks[0].version, 0);
  assert_int_equal(read.keks[1].version, 1);
  assert_int_equal(read.keks[0].active_since, SS_NO_EXPIRY);
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(read.epochs[i].wrap_count, 2);
    assert_non_null(root_find_wrap(&read.epochs[i], 0));
    assert_non_null(root_find_wrap(&read.epochs[i], 1));
  }
  assert_true(read.requires_policy);
  assert_null(root_find_kek(&read, 2));
  root_clear(&read);
  root_clear(&made);
  free(text);
}

static void a_retiring_versions_wraps_go(void **state) {
  root_record made = with_two_keys_and_epochs();
  root_remove_wraps(&made, 1);
  root_find_kek(&made, 1)->state = KEK_RETIRING;
  root_find_kek(&made, 1)->retired_epoch = 2;
  char *text = text_of(&made);
  root_record read = parsed(text);
  assert_int_equal(read.epochs[0].wrap_count, 1);
  assert_null(root_find_wrap(&read.epochs[0], 1));
  root_clear(&read);
  root_clear(&made);
  free(text);
}

static void every_other_text_is_refused(void **state) {
  static const char worked[] = WORKED_ROOT;
  char changed[sizeof worked + 1];
  for (size_t i = 0; i < sizeof worked - 1; i++) {
    root_record root;
    ss_error error;
    /* A byte is missing; and one is there twice. */
    memcpy(changed, worked, i);
    memcpy(changed + i, worked + i + 1, sizeof worked - i - 1);
    ss_status status = root_parse(text_view_of(changed), &root, &error);
    if (status == SS_OK) root_clear(&root);
    /* Shorter numbers are other numbers. */
    const bool digit = worked[i] >= '0' && worked[i] <= '9';
    if (status == SS_OK && !digit) fail_msg("read without byte %zu", i);
    if (status != SS_OK) assert_int_equal(status, SS_INTEGRITY_VIOLATION);
  }
  static const char *const others[] = {
      "", "null", "[]", "{}", "[\"root1\"]", " " WORKED_ROOT, WORKED_ROOT " ", "[\"root2\"]"};
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    root_record root;
    ss_error error;
    assert_fails(root_parse(text_view_of(others[i]), &root, &error), SS_INTEGRITY_VIOLATION,
                 &error);
  }
}

static void a_wrap_under_a_version_that_is_not_admitted_is_refused(void **state) {
  root_record made = with_two_keys_and_epochs();
  root_record read;
  ss_error error;
  root_find_kek(&made, 1)->state = KEK_RETIRED;
  root_find_kek(&made, 1)->retired_epoch = 2;
  char *text = text_of(&made);
  assert_fails(root_parse(text_view_of(text), &read, &error), SS_INTEGRITY_VIOLATION, &error);
  root_clear(&made);
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_worked_root_is_read_and_written_as_it_is),
      cmocka_unit_test(versions_and_wraps_stand_in_their_order),
      cmocka_unit_test(a_retiring_versions_wraps_go),
      cmocka_unit_test(every_other_text_is_refused),
      cmocka_unit_test(a_wrap_under_a_version_that_is_not_admitted_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
