/* verify: nothing to report on an honest store, and each kind of tampering by its own name. */
#include <stdio.h>
#include <string.h>

#include "support/support.h"

static ss_verify_report verify(ss_store *store) {
  ss_verify_report report;
  ss_error error;
  assert_ok(ss_verify(store, NULL, &report, &error), &error);
  return report;
}

static void update(ss_store *store, const char *namespace_name, const char *name) {
  ss_update_request request;
  ss_update_result result;
  ss_error error;
  ss_update_request_init(&request);
  request.namespace_name = namespace_name;
  request.name = name;
  request.metadata = SS_SET;
  request.metadata_json = "{\"m\":1}";
  assert_ok(ss_update(store, &request, &result, &error), &error);
}

static void remove_secret(ss_store *store, const char *namespace_name, const char *name) {
  ss_remove_request request;
  ss_error error;
  ss_remove_request_init(&request);
  request.namespace_name = namespace_name;
  request.name = name;
  assert_ok(ss_remove(store, &request, NULL, &error), &error);
}

/* Two namespaces with some history. */
static test_store with_history(void) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  test_put(self.store, "n", "B", "1");
  test_put(self.store, "n", "A", "2");
  update(self.store, "n", "B");
  test_put(self.store, "n", "GONE", "1");
  remove_secret(self.store, "n", "GONE");
  test_put(self.store, NULL, "D", "1");
  return self;
}

static void assert_intact(const ss_verify_report *report) {
  for (size_t i = 0; i < report->faults_described; i++) {
    print_error("%s: %s\n", ss_fault_kind_name(report->faults[i].kind), report->faults[i].message);
  }
  assert_true(report->is_intact);
  assert_int_equal(report->fault_count, 0);
}

static void an_honest_store_is_intact(void **state) {
  test_store self = with_history();
  ss_verify_report report = verify(self.store);
  assert_intact(&report);
  assert_int_equal(report.namespaces_checked, 2);
  assert_int_equal(report.events_checked, 7);
  assert_int_equal(report.rows_checked, 3);
  assert_int_equal(report.rows_uncheckable, 0);
  assert_int_equal(report.store_events_checked, 3); /* created, its key added, and activated */
  assert_int_equal(report.verdict, SS_VERDICT_INTACT);
  ss_verify_report_clear(&report);
  test_store_remove(&self);
}

/* Keys may be admitted, and settings changed, while a clock is behind. */
static void a_clock_set_back_is_no_tampering(void **state) {
  test_store self = with_history();
  ss_settings_request request;
  ss_error error;
  ss_settings_request_init(&request);
  request.events_min_retention = SS_SET;
  request.events_min_retention_ms = 1;
  self.clock->now_ms -= 100000;
  assert_ok(ss_change_store_settings(self.store, &request, NULL, &error), &error);
  test_put(self.store, "n", "A", "3");
  ss_verify_report report = verify(self.store);
  assert_intact(&report);
  ss_verify_report_clear(&report);
  test_store_remove(&self);
}

static void an_empty_store_is_intact(void **state) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  ss_verify_report report = verify(self.store);
  assert_intact(&report);
  assert_int_equal(report.namespaces_checked, 0);
  ss_verify_report_clear(&report);
  test_store_remove(&self);
}

static void a_rotated_store_is_intact_without_the_old_key(void **state) {
  test_store self = with_history();
  ss_error error;
  test_store_reopen_with(&self, 2, 1);
  assert_ok(ss_rotate_all(self.store, NULL, NULL, NULL, NULL, &error), &error);
  test_store_reopen_with(&self, 2, -1);
  ss_verify_report report = verify(self.store);
  assert_intact(&report);
  assert_int_equal(report.rows_checked, 3);
  assert_int_equal(report.events_checked, 10);
  ss_verify_report_clear(&report);
  test_store_remove(&self);
}

static void many_rows_and_namespaces_are_walked_whole(void **state) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  for (int i = 0; i < 450; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "S%04d", i);
    test_put(self.store, "many", name, name);
    if (i < 220) test_put(self.store, name, "A", "v");
  }
  ss_verify_report report = verify(self.store);
  assert_intact(&report);
  assert_int_equal(report.namespaces_checked, 221);
  assert_int_equal(report.rows_checked, 670);
  ss_verify_report_clear(&report);
  test_store_remove(&self);
}

/* Its value cannot be read; that it is the one that was written, the state proves. */
static void a_row_whose_key_is_not_configured_is_proved_by_the_state(void **state) {
  test_store self = with_history();
  test_store_reopen_with(&self, 2, 1);
  test_put(self.store, "n", "NEW", "1");
  test_store_reopen_with(&self, 2, -1);
  ss_verify_report report = verify(self.store);
  assert_intact(&report);
  assert_int_equal(report.rows_checked, 4);
  assert_int_equal(report.rows_uncheckable, 3);
  ss_verify_report_clear(&report);
  test_store_sql(&self, "UPDATE secret SET value = zeroblob(17) WHERE name = 'D'");
  report = verify(self.store);
  assert_int_equal(report.verdict, SS_VERDICT_TAMPERED);
  ss_verify_report_clear(&report);
  test_store_remove(&self);
}

/* ---- Tampering ----------------------------------------------------------------------------- */

#define N "(SELECT id FROM namespace WHERE name = 'n')"

static const struct {
  const char *sql;
  ss_fault_kind kind;
  const char *name; /* of the secret that the fault must name, or NULL */
} tamperings[] = {
    {"UPDATE event SET actor = 'eve' WHERE sequence = 3 AND namespace = " N, SS_FAULT_EVENT_CHANGED,
     NULL},
    {"DELETE FROM event WHERE sequence = 3 AND namespace = " N, SS_FAULT_EVENT_MISSING, NULL},
    {"INSERT INTO event SELECT namespace, 3, 7, secret, revision, created_at, epoch, attempt,"
     " row_digest, NULL, mac, NULL, NULL FROM event WHERE sequence = 6",
     SS_FAULT_EVENT_CHANGED, NULL},
    {"UPDATE event SET sequence = 99 WHERE sequence = 1 AND namespace = " N ";"
     "UPDATE event SET sequence = 1 WHERE sequence = 2 AND namespace = " N ";"
     "UPDATE event SET sequence = 2 WHERE sequence = 99",
     SS_FAULT_EVENT_CHANGED, NULL},
    {"DELETE FROM event WHERE sequence = 6 AND namespace = " N, SS_FAULT_HEAD_WRONG, NULL},
    {"DELETE FROM event WHERE sequence = 6 AND namespace = " N ";"
     "UPDATE namespace SET sequence = 5, mac = (SELECT mac FROM event"
     " WHERE sequence = 5 AND namespace = namespace.id) WHERE name = 'n'",
     SS_FAULT_HEAD_NOT_AUTHENTIC, NULL},
    {"UPDATE namespace SET checkpoint_sequence = 2, checkpoint_mac ="
     " (SELECT mac FROM event WHERE sequence = 2 AND namespace = namespace.id) WHERE name = 'n';"
     "DELETE FROM event WHERE sequence <= 2 AND namespace = " N,
     SS_FAULT_HEAD_NOT_AUTHENTIC, NULL},
    {"UPDATE secret SET metadata = '{\"m\":2}' WHERE name = 'B'", SS_FAULT_ROW_NOT_AUTHENTIC, "B"},
    {"UPDATE secret SET expires_at = 5 WHERE name = 'A'", SS_FAULT_ROW_NOT_AUTHENTIC, "A"},
    {"UPDATE secret SET value = zeroblob(40) WHERE name = 'A'", SS_FAULT_ROW_NOT_AUTHENTIC, "A"},
    {"DELETE FROM secret WHERE name = 'A'", SS_FAULT_SECRET_MISSING, NULL},
    {"DELETE FROM secret WHERE name = 'A'", SS_FAULT_STATE_WRONG, NULL},
    {"DELETE FROM secret WHERE name = 'A';"
     "INSERT INTO former_secret SELECT 1, " N ", 'A'",
     SS_FAULT_STATE_WRONG, NULL},
    {"INSERT INTO secret SELECT 77, namespace, 'FORGED', revision, key_version, format, expires_at,"
     " created_at, updated_at, iv, value_digest, dek_iv, wrapped_dek, metadata, value FROM secret"
     " WHERE name = 'A'",
     SS_FAULT_ROW_WITHOUT_EVENT, "FORGED"},
    {"UPDATE secret SET id = 3 WHERE name = 'A'; DELETE FROM former_secret", SS_FAULT_ROW_OUTDATED,
     "A"},
    {"UPDATE namespace SET secrets = 9 WHERE name = 'n'", SS_FAULT_HEAD_NOT_AUTHENTIC, NULL},
};

static bool reports(const ss_verify_report *report, ss_fault_kind kind, const char *name) {
  for (size_t i = 0; i < report->faults_described; i++) {
    const ss_fault *fault = &report->faults[i];
    assert_true(strlen(fault->message) > 10);
    if (fault->kind != kind) continue;
    assert_string_equal(fault->namespace_name, "n");
    if (name == NULL || (fault->name != NULL && strcmp(fault->name, name) == 0)) return true;
  }
  return false;
}

static void each_tampering_has_its_own_fault(void **state) {
  for (size_t i = 0; i < sizeof tamperings / sizeof tamperings[0]; i++) {
    test_store self = with_history();
    test_store_close(&self);
    test_store_sql(&self, tamperings[i].sql);
    test_store_open(&self);
    ss_verify_report report = verify(self.store);
    if (!reports(&report, tamperings[i].kind, tamperings[i].name)) {
      for (size_t f = 0; f < report.faults_described; f++) {
        print_error("%s: %s\n", ss_fault_kind_name(report.faults[f].kind),
                    report.faults[f].message);
      }
      fail_msg("expected %s after: %s", ss_fault_kind_name(tamperings[i].kind), tamperings[i].sql);
    }
    assert_false(report.is_intact);
    ss_verify_report_clear(&report);
    test_store_remove(&self);
  }
}

/* Changes that come near to leaving the canonical texts as they were: each must be found. */
static void what_is_nearly_the_same_is_tampering(void **state) {
  static const char *const changes[] = {
      "UPDATE event SET detail = 'null' WHERE detail IS NULL AND sequence = 1",
      "UPDATE event SET actor = '' WHERE actor IS NULL AND sequence = 1",
      "UPDATE event SET previous_digest = x'' WHERE previous_digest IS NULL AND sequence = 1",
      "UPDATE event SET row_digest = x'' WHERE row_digest IS NULL",
      "UPDATE event SET type = type + (1 << 32) WHERE sequence = 1",
      "UPDATE event SET revision = 0 WHERE type = 7",
      "UPDATE event SET revision = 5 WHERE type = 7",
      "UPDATE event SET secret = 99999 WHERE type = 7",
      "UPDATE store_event SET type = type + (1 << 32)",
      "UPDATE store_event SET detail = 'null' WHERE detail IS NULL",
      "UPDATE store_event SET actor = '' WHERE actor IS NULL",
      "UPDATE secret SET metadata = 'null' WHERE metadata IS NULL",
      "UPDATE secret SET expires_at = -1 WHERE expires_at IS NULL",
      "DELETE FROM kek",
      "INSERT INTO former_secret (id, namespace, name) VALUES (1, 0, 'other')",
      "INSERT INTO kek (version, wraps_reserved) VALUES (77, 1)",
  };
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    test_store self = with_history();
    ss_error error;
    self.clock->now_ms += 2 * SS_DEFAULT_EVENTS_MIN_RETENTION_MS;
    test_put(self.store, "n", "A", "3");
    self.clock->now_ms += 2 * SS_DEFAULT_EVENTS_MIN_RETENTION_MS;
    test_put(self.store, "n", "A", "4");
    assert_ok(ss_cleanup_events(self.store, SS_DEFAULT_EVENTS_MIN_RETENTION_MS, NULL, NULL, &error),
              &error);
    test_put(self.store, "m", "A", "1");
    test_store_close(&self);
    test_store_sql(&self, changes[i]);
    test_store_open(&self);
    ss_verify_report report = verify(self.store);
    if (report.verdict != SS_VERDICT_TAMPERED) fail_msg("found nothing after: %s", changes[i]);
    ss_verify_report_clear(&report);
    test_store_remove(&self);
  }
}

/* The older row is authentic in itself; only the log knows that it is old. */
static void a_row_put_back_to_an_older_state_is_outdated(void **state) {
  test_store self = with_history();
  test_store_sql(&self, "CREATE TABLE aside.older AS SELECT * FROM secret WHERE name = 'A'");
  test_put(self.store, "n", "A", "newer");
  test_store_sql(
      &self,
      "UPDATE secret SET (revision, updated_at, iv, value_digest, dek_iv, wrapped_dek, metadata,"
      " value) = (SELECT revision, updated_at, iv, value_digest, dek_iv, wrapped_dek, metadata, "
      "value"
      " FROM older) WHERE name = 'A'; DROP TABLE older");
  assert_secret(self.store, "n", "A", "2");
  ss_verify_report report = verify(self.store);
  assert_int_equal(report.fault_count, 2);
  assert_true(reports(&report, SS_FAULT_ROW_OUTDATED, "A"));
  assert_true(reports(&report, SS_FAULT_STATE_WRONG, NULL));
  ss_verify_report_clear(&report);
  test_store_remove(&self);
}

static void a_deleted_row_that_is_back_is_outdated(void **state) {
  test_store self = with_history();
  test_store_sql(&self, "CREATE TABLE aside.older AS SELECT * FROM secret WHERE name = 'A'");
  remove_secret(self.store, "n", "A");
  test_store_sql(&self, "INSERT INTO secret SELECT * FROM older; DROP TABLE older");
  ss_verify_report report = verify(self.store);
  assert_true(reports(&report, SS_FAULT_ROW_OUTDATED, "A"));
  assert_true(reports(&report, SS_FAULT_STATE_WRONG, NULL));
  ss_verify_report_clear(&report);
  test_store_remove(&self);
}

static void a_report_describes_the_first_faults_and_counts_all(void **state) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  for (int i = 0; i < 150; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "S%03d", i);
    test_put(self.store, "n", name, name);
  }
  test_store_sql(&self, "UPDATE secret SET revision = 5");
  ss_verify_report report = verify(self.store);
  assert_int_equal(report.fault_count, 301); /* neither authentic nor as left, nor all together */
  assert_int_equal(report.faults_described, SS_MAX_FAULTS);
  ss_verify_report_clear(&report);
  test_store_remove(&self);
}

static bool stop_at_once(void *context, int64_t done, int64_t total) {
  int *calls = context;
  assert_true(done <= total);
  (*calls)++;
  return false;
}

static void progress_may_stop_it(void **state) {
  test_store self = with_history();
  ss_verify_report report;
  ss_error error;
  int calls = 0;
  ss_verify_request request;
  ss_verify_request_init(&request);
  request.progress = stop_at_once;
  request.progress_context = &calls;
  assert_ok(ss_verify(self.store, &request, &report, &error), &error);
  assert_int_equal(calls, 1);
  assert_int_equal(report.namespaces_checked, 1);
  ss_verify_report_clear(&report);
  test_store_remove(&self);
}

static void a_store_in_memory_is_verified_too(void **state) {
  test_store self = test_store_prepare();
  (void)snprintf(self.path, sizeof self.path, ":memory:");
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  ss_verify_report report = verify(self.store);
  assert_intact(&report);
  ss_verify_report_clear(&report);
  test_put(self.store, "n", "A", "2");
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_honest_store_is_intact),
      cmocka_unit_test(an_empty_store_is_intact),
      cmocka_unit_test(a_clock_set_back_is_no_tampering),
      cmocka_unit_test(a_rotated_store_is_intact_without_the_old_key),
      cmocka_unit_test(many_rows_and_namespaces_are_walked_whole),
      cmocka_unit_test(a_row_whose_key_is_not_configured_is_proved_by_the_state),
      cmocka_unit_test(each_tampering_has_its_own_fault),
      cmocka_unit_test(what_is_nearly_the_same_is_tampering),
      cmocka_unit_test(a_row_put_back_to_an_older_state_is_outdated),
      cmocka_unit_test(a_deleted_row_that_is_back_is_outdated),
      cmocka_unit_test(a_report_describes_the_first_faults_and_counts_all),
      cmocka_unit_test(progress_may_stop_it),
      cmocka_unit_test(a_store_in_memory_is_verified_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
