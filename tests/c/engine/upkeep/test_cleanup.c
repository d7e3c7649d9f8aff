/* Cleanup: what is due and what is not, batches, events, checkpoints, and what
 * must not be swept. */
#include <stdio.h>
#include <string.h>

#include "support/support.h"

enum { DAY_MS = 86400000 };

static void put_with_ttl(ss_store *store, const char *namespace_name, const char *name,
                         int64_t ttl_ms) {
  ss_put_request request;
  ss_error error;
  ss_put_request_init(&request);
  request.namespace_name = namespace_name;
  request.name = name;
  request.value = "v";
  request.value_length = 1;
  request.ttl = SS_SET;
  request.ttl_ms = ttl_ms;
  assert_ok(ss_put(store, &request, NULL, &error), &error);
}

static ss_cleanup_result clean_secrets(ss_store *store, int64_t retention_ms) {
  ss_cleanup_result result;
  ss_error error;
  assert_ok(ss_cleanup_secrets(store, retention_ms, NULL, &result, &error), &error);
  return result;
}

static ss_cleanup_result clean_events(ss_store *store, int64_t retention_ms) {
  ss_cleanup_result result;
  ss_error error;
  assert_ok(ss_cleanup_events(store, retention_ms, NULL, &result, &error), &error);
  return result;
}

static void assert_verifies(ss_store *store) {
  ss_verify_report report;
  ss_error error;
  assert_ok(ss_verify(store, NULL, &report, &error), &error);
  for (size_t i = 0; i < report.faults_described; i++) {
    print_error("%s: %s\n", ss_fault_kind_name(report.faults[i].kind), report.faults[i].message);
  }
  assert_true(report.is_intact);
  ss_verify_report_clear(&report);
}

/* ---- Secrets ------------------------------------------------------------------------------- */

static void a_secret_goes_one_millisecond_after_the_cutoff(void **state) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  put_with_ttl(self.store, "n", "A", 1000);
  self.clock->now_ms += 1000 + 500; /* expired 500 ms ago: exactly the retention */
  assert_int_equal(clean_secrets(self.store, 500).deleted, 0);
  assert_int_equal(test_get_status(self.store, "n", "A"), SS_EXPIRED);
  self.clock->now_ms += 1;
  const ss_cleanup_result result = clean_secrets(self.store, 500);
  assert_int_equal(result.deleted, 1);
  assert_true(result.is_done);
  assert_int_equal(test_get_status(self.store, "n", "A"), SS_NOT_FOUND);
  assert_verifies(self.store);
  test_store_remove(&self);
}

static void secrets_without_expiry_and_active_ones_stay(void **state) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  test_put(self.store, "n", "FOREVER", "v");
  put_with_ttl(self.store, "n", "LATER", INT64_C(1000) * DAY_MS);
  self.clock->now_ms += INT64_C(500) * DAY_MS;
  assert_int_equal(clean_secrets(self.store, 1).deleted, 0);
  assert_secret(self.store, "n", "FOREVER", "v");
  assert_secret(self.store, "n", "LATER", "v");
  test_store_remove(&self);
}

static void two_hundred_and_fifty_go_in_three_batches(void **state) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  for (int i = 0; i < 250; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "S%03d", i);
    put_with_ttl(self.store, i % 2 == 0 ? "even" : NULL, name, 10);
  }
  self.clock->now_ms += 1000;
  static const int64_t deleted[] = {100, 100, 50};
  for (size_t i = 0; i < 3; i++) {
    const ss_cleanup_result result = clean_secrets(self.store, 1);
    assert_int_equal(result.deleted, deleted[i]);
    assert_int_equal(result.is_done, i == 2);
  }
  assert_int_equal(test_store_number(&self, "SELECT count(*) FROM secret"), 0);
  assert_int_equal(test_store_number(&self, "SELECT count(*) FROM event WHERE type = 3"), 250);
  assert_verifies(self.store);
  test_store_remove(&self);
}

static void the_event_gives_the_reason_and_the_actor(void **state) {
  test_store self = test_store_prepare();
  const ss_caller caller = {"janitor", NULL};
  ss_events_request request;
  ss_event_page page;
  ss_error error;
  test_store_open(&self);
  put_with_ttl(self.store, NULL, "A", 1);
  self.clock->now_ms += 100;
  assert_ok(ss_cleanup_secrets(self.store, 1, &caller, NULL, &error), &error);
  ss_events_request_init(&request);
  request.num_items = 1;
  assert_ok(ss_list_events(self.store, &request, &page, &error), &error);
  assert_int_equal(page.items[0].type, SS_EVENT_DELETED);
  assert_string_equal(page.items[0].metadata_json, "{\"deletedReason\":\"expired_cleanup\"}");
  assert_string_equal(page.items[0].actor, "janitor");
  ss_event_page_clear(&page);
  test_store_remove(&self);
}

static void bad_retentions_are_refused(void **state) {
  static const int64_t bad[] = {0, -1, INT64_MIN, SS_MAX_INTEGER + 1};
  test_store self = test_store_prepare();
  ss_cleanup_result result;
  ss_error error;
  test_store_open(&self);
  put_with_ttl(self.store, NULL, "A", 0);
  self.clock->now_ms += 10;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_fails(ss_cleanup_secrets(self.store, bad[i], NULL, &result, &error), SS_INVALID_ARGUMENT,
                 &error);
    assert_fails(ss_cleanup_events(self.store, bad[i], NULL, &result, &error), SS_INVALID_ARGUMENT,
                 &error);
  }
  assert_int_equal(clean_secrets(self.store, SS_MAX_INTEGER).deleted, 0);
  assert_int_equal(test_store_number(&self, "SELECT count(*) FROM secret"), 1);
  test_store_remove(&self);
}

/* A forged expiry would otherwise be swept away with an honest-looking event. */
static void a_secret_whose_expiry_was_forged_is_left(void **state) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  test_put(self.store, "n", "VICTIM", "v");
  put_with_ttl(self.store, "n", "DUE", 1);
  self.clock->now_ms += 1000;
  test_store_sql(&self, "UPDATE secret SET expires_at = 5 WHERE name = 'VICTIM'");
  const ss_cleanup_result result = clean_secrets(self.store, 1);
  assert_int_equal(result.deleted, 1);
  assert_true(result.is_done);
  assert_int_equal(test_get_status(self.store, "n", "VICTIM"), SS_DECRYPTION_FAILED);
  test_store_sql(&self, "UPDATE secret SET expires_at = -1 WHERE name = 'VICTIM'");
  assert_int_equal(clean_secrets(self.store, 1).deleted, 0);
  test_store_remove(&self);
}

static void many_forged_secrets_do_not_make_it_spin(void **state) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  for (int i = 0; i < 150; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "S%03d", i);
    test_put(self.store, "n", name, "v");
  }
  test_store_sql(&self, "UPDATE secret SET expires_at = 5");
  const ss_cleanup_result result = clean_secrets(self.store, 1);
  assert_int_equal(result.deleted, 0);
  assert_true(result.is_done);
  test_store_remove(&self);
}

static void expired_secrets_of_a_lost_key_go_too(void **state) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  put_with_ttl(self.store, "n", "A", 1);
  test_store_reopen_with(&self, 2, 1);
  test_put(self.store, "n", "B", "admits the new key");
  test_store_reopen_with(&self, 2, -1);
  self.clock->now_ms += 1000;
  assert_int_equal(clean_secrets(self.store, 1).deleted, 1);
  assert_verifies(self.store);
  test_store_remove(&self);
}

/* ---- Events -------------------------------------------------------------------------------- */

static int64_t events_left(const test_store *self) {
  return test_store_number(self, "SELECT count(*) FROM event");
}

/* Long enough that what was written before may be pruned, once the namespace has a young event. */
static void age(test_store *self, const char *namespace_name) {
  self->clock->now_ms += 2 * SS_DEFAULT_SECRET_RETENTION_MS;
  test_put(self->store, namespace_name, "YOUNG", "v");
}

static void old_events_go_and_the_chain_still_verifies(void **state) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  for (int i = 0; i < 10; i++) {
    test_put(self.store, "n", "A", "v");
    self.clock->now_ms += DAY_MS;
  }
  self.clock->now_ms += INT64_C(35) * DAY_MS;
  test_put(self.store, "n", "A", "w");
  /* Events are 45, 44 ... 36 and 0 days old. Exactly at the cutoff stays. */
  const ss_cleanup_result result = clean_events(self.store, INT64_C(40) * DAY_MS);
  assert_int_equal(result.deleted, 5);
  assert_true(result.is_done);
  assert_int_equal(events_left(&self), 7); /* and the one that tells of it */
  assert_verifies(self.store);
  test_put(self.store, "n", "A", "x");
  assert_verifies(self.store);
  assert_int_equal(clean_events(self.store, INT64_C(31) * DAY_MS).deleted, 5);
  assert_int_equal(events_left(&self), 4);
  assert_verifies(self.store);
  test_store_reopen_with(&self, 2, 1);
  assert_verifies(self.store);
  test_store_remove(&self);
}

static void nothing_younger_than_the_stores_least_retention_goes(void **state) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  for (int i = 0; i < 5; i++) test_put(self.store, "n", "A", "v");
  self.clock->now_ms += SS_DEFAULT_SECRET_RETENTION_MS;
  test_put(self.store, "n", "A", "v");
  assert_int_equal(clean_events(self.store, 1).deleted, 0);
  self.clock->now_ms += 1;
  test_put(self.store, "n", "A", "v");
  assert_int_equal(clean_events(self.store, 1).deleted, 5);
  assert_verifies(self.store);
  test_store_remove(&self);
}

static void the_newest_event_of_each_chain_is_never_pruned(void **state) {
  test_store self = test_store_prepare();
  static const char *const names[] = {NULL, "a", "b"};
  test_store_open(&self);
  for (int i = 0; i < 9; i++) test_put(self.store, names[i % 3], "A", "v");
  age(&self, NULL);
  for (int i = 1; i < 3; i++) test_put(self.store, names[i], "YOUNG", "v");
  assert_int_equal(clean_events(self.store, 1).deleted, 9);
  assert_int_equal(events_left(&self), 6);
  assert_int_equal(clean_events(self.store, 1).deleted, 0);
  assert_verifies(self.store);
  test_store_remove(&self);
}

static void events_go_in_batches_of_a_hundred(void **state) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  for (int i = 0; i < 249; i++) test_put(self.store, i < 130 ? "a" : "b", "A", "v");
  age(&self, "a");
  test_put(self.store, "b", "YOUNG", "v");
  static const int64_t deleted[] = {100, 100, 49};
  for (size_t i = 0; i < 3; i++) {
    const ss_cleanup_result result = clean_events(self.store, 1);
    assert_int_equal(result.deleted, deleted[i]);
    assert_int_equal(result.is_done, i == 2);
    assert_verifies(self.store);
  }
  test_store_remove(&self);
}

static void pruned_events_are_gone_from_the_listing_and_numbers_go_on(void **state) {
  test_store self = test_store_prepare();
  ss_events_request request;
  ss_event_page page;
  ss_error error;
  test_store_open(&self);
  for (int i = 0; i < 3; i++) test_put(self.store, NULL, "A", "v");
  age(&self, NULL);
  assert_int_equal(clean_events(self.store, 1).deleted, 3);
  test_put(self.store, NULL, "A", "v");
  ss_events_request_init(&request);
  request.order = SS_ASCENDING;
  assert_ok(ss_list_events(self.store, &request, &page, &error), &error);
  assert_int_equal(page.count, 3);
  assert_int_equal(page.items[0].sequence, 4);
  assert_int_equal(page.items[1].sequence, 5);
  assert_int_equal(page.items[1].type, SS_EVENT_PRUNED);
  assert_non_null(strstr(page.items[1].metadata_json, "{\"upTo\":3,\"mac\":\""));
  assert_int_equal(page.items[2].sequence, 6);
  ss_event_page_clear(&page);
  test_store_remove(&self);
}

static void remove_from(ss_store *store, const char *namespace_name, const char *name) {
  ss_remove_request request;
  ss_error error;
  ss_remove_request_init(&request);
  request.namespace_name = namespace_name;
  request.name = name;
  assert_ok(ss_remove(store, &request, NULL, &error), &error);
}

static void former_secrets_are_forgotten_with_their_last_event_but_ids_are_not_reused(
    void **state) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  for (int i = 0; i < 3; i++) {
    test_put(self.store, NULL, "A", "v");
    remove_from(self.store, NULL, "A");
  }
  test_put(self.store, "other", "KEEPS_NO_ID", "v");
  remove_from(self.store, "other", "KEEPS_NO_ID");
  age(&self, NULL);
  assert_int_equal(clean_events(self.store, 1).deleted, 6);
  assert_int_equal(test_store_number(&self, "SELECT count(*) FROM former_secret"), 1);
  const ss_put_result put = test_put(self.store, NULL, "NEXT", "v");
  assert_string_equal(put.secret_id, "6");
  assert_verifies(self.store);
  test_store_remove(&self);
}

static void what_was_kept_for_its_id_alone_goes_once_a_larger_one_is(void **state) {
  test_store self = test_store_prepare();
  (void)state;
  test_store_open(&self);
  test_put(self.store, NULL, "A", "v");
  remove_from(self.store, NULL, "A");
  age(&self, NULL);
  assert_int_equal(clean_events(self.store, 1).deleted, 2);
  assert_int_equal(test_store_number(&self, "SELECT max(id) FROM former_secret"), 1);
  assert_verifies(self.store);
  test_put(self.store, NULL, "B", "v");
  remove_from(self.store, NULL, "B");
  assert_int_equal(test_store_number(&self, "SELECT max(id) FROM former_secret"), 3);
  assert_int_equal(test_store_number(&self, "SELECT count(*) FROM former_secret"), 1);
  assert_verifies(self.store);
  test_store_remove(&self);
}

/* Pruning would take the evidence with it. */
static void events_that_do_not_verify_are_not_pruned(void **state) {
  static const char *const changes[] = {
      "UPDATE event SET actor = 'eve' WHERE sequence = 2",
      "DELETE FROM event WHERE sequence = 2",
      "UPDATE event SET mac = x'' WHERE sequence = 1",
      "UPDATE namespace SET checkpoint_sequence = 1,"
      " checkpoint_mac = (SELECT mac FROM event WHERE sequence = 1)",
  };
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    test_store self = test_store_prepare();
    ss_cleanup_result result;
    ss_error error;
    test_store_open(&self);
    for (int j = 0; j < 5; j++) test_put(self.store, "n", "A", "v");
    age(&self, "n");
    test_store_sql(&self, changes[i]);
    const int64_t before = events_left(&self);
    assert_fails(ss_cleanup_events(self.store, 1, NULL, &result, &error), SS_INTEGRITY_VIOLATION,
                 &error);
    assert_int_equal(events_left(&self), before);
    test_store_remove(&self);
  }
}

/* ---- Rows whose events are gone -------------------------------------------------------------- */

static test_store with_pruned_events(void) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  test_put(self.store, "n", "OLD", "v");
  test_put(self.store, "n", "OTHER", "v");
  age(&self, "n");
  assert_int_equal(clean_events(self.store, 1).deleted, 2);
  return self;
}

static void a_row_whose_events_were_pruned_can_be_written_and_verified(void **state) {
  test_store self = with_pruned_events();
  test_put(self.store, "n", "OLD", "w");
  remove_from(self.store, "n", "OTHER");
  assert_verifies(self.store);
  test_store_remove(&self);
}

static ss_status try_put(ss_store *store, ss_error *error) {
  ss_put_request request;
  ss_put_request_init(&request);
  request.namespace_name = "n";
  request.name = "OLD";
  return ss_put(store, &request, NULL, error);
}

/* An older row is authentic in itself, and no event is left that tells; the state does. */
static void an_older_row_is_not_gone_on_from_though_its_events_were_pruned(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  test_store_open(&self);
  test_put(self.store, "n", "OLD", "1");
  test_store_sql(&self, "CREATE TABLE aside.older AS SELECT * FROM secret WHERE name = 'OLD'");
  test_put(self.store, "n", "OLD", "2");
  age(&self, "n");
  test_store_sql(&self, "CREATE TABLE aside.kept AS SELECT * FROM older");
  assert_int_equal(clean_events(self.store, 1).deleted, 2);
  test_store_sql(&self,
                 "DELETE FROM secret WHERE name = 'OLD'; INSERT INTO secret SELECT * FROM kept;"
                 "DROP TABLE kept; DROP TABLE older");
  assert_fails(try_put(self.store, &error), SS_INTEGRITY_VIOLATION, &error);
  assert_false(test_store_is_intact(self.store));
  test_store_remove(&self);
}

static void a_proof_holds_for_rows_that_had_no_event_since(void **state) {
  test_store self = with_pruned_events();
  ss_error error;
  test_store_sql(&self, "CREATE TABLE aside.older AS SELECT * FROM secret WHERE name = 'OLD'");
  remove_from(self.store, "n", "OTHER"); /* which proves the state */
  assert_ok(try_put(self.store, &error), &error);
  test_store_sql(&self,
                 "DELETE FROM secret WHERE name = 'OLD'; INSERT INTO secret SELECT * FROM older;"
                 "DROP TABLE older");
  assert_fails(try_put(self.store, &error), SS_INTEGRITY_VIOLATION, &error);
  test_store_remove(&self);
}

static void a_clock_that_jumped_ahead_prunes_nothing_young(void **state) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  self.clock->now_ms += INT64_C(1000) * DAY_MS;
  test_put(self.store, "n", "A", "2");
  self.clock->now_ms = TEST_NOW;
  test_put(self.store, "n", "A", "3");
  assert_int_equal(clean_events(self.store, DAY_MS).deleted, 0);
  assert_verifies(self.store);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_secret_goes_one_millisecond_after_the_cutoff),
      cmocka_unit_test(secrets_without_expiry_and_active_ones_stay),
      cmocka_unit_test(two_hundred_and_fifty_go_in_three_batches),
      cmocka_unit_test(the_event_gives_the_reason_and_the_actor),
      cmocka_unit_test(bad_retentions_are_refused),
      cmocka_unit_test(a_secret_whose_expiry_was_forged_is_left),
      cmocka_unit_test(many_forged_secrets_do_not_make_it_spin),
      cmocka_unit_test(expired_secrets_of_a_lost_key_go_too),
      cmocka_unit_test(old_events_go_and_the_chain_still_verifies),
      cmocka_unit_test(the_newest_event_of_each_chain_is_never_pruned),
      cmocka_unit_test(events_go_in_batches_of_a_hundred),
      cmocka_unit_test(pruned_events_are_gone_from_the_listing_and_numbers_go_on),
      cmocka_unit_test(what_was_kept_for_its_id_alone_goes_once_a_larger_one_is),
      cmocka_unit_test(former_secrets_are_forgotten_with_their_last_event_but_ids_are_not_reused),
      cmocka_unit_test(events_that_do_not_verify_are_not_pruned),
      cmocka_unit_test(nothing_younger_than_the_stores_least_retention_goes),
      cmocka_unit_test(a_row_whose_events_were_pruned_can_be_written_and_verified),
      cmocka_unit_test(an_older_row_is_not_gone_on_from_though_its_events_were_pruned),
      cmocka_unit_test(a_proof_holds_for_rows_that_had_no_event_since),
      cmocka_unit_test(a_clock_that_jumped_ahead_prunes_nothing_young),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
