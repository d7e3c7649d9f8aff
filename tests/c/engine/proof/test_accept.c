/* Accepting: what was tampered with is proved again from then on, and verify says since when. */
#include <string.h>

#include "support/support.h"

static ss_status accept(test_store *self, const char *name, ss_accept_result *result,
                        ss_error *error) {
  ss_accept_request request;
  ss_accept_request_init(&request);
  request.namespace_name = name;
  return ss_accept(self->store, &request, result, error);
}

static test_store with_history(void) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  test_put(self.store, "n", "B", "1");
  test_put(self.store, "other", "A", "1");
  test_store_sql(&self, "CREATE TABLE aside.older AS SELECT * FROM secret WHERE namespace = 1");
  test_put(self.store, "n", "A", "2");
  return self;
}

static void rows_are_taken_as_they_are_and_proved_again(void **state) {
  static const char *const tamperings[] = {
      "DELETE FROM secret WHERE name = 'A' AND namespace = 1; INSERT INTO secret SELECT * FROM "
      "older"
      " WHERE name = 'A'",
      "DELETE FROM event WHERE namespace = 1 AND sequence = 2",
      "DELETE FROM secret WHERE name = 'B'",
      "UPDATE namespace SET sequence = 77, mac = randomblob(32) WHERE name = 'n'",
      "UPDATE namespace SET sum = randomblob(256) WHERE name = 'n'",
      "INSERT INTO event SELECT namespace, 99, 50, secret, revision, created_at, epoch, attempt,"
      " previous_digest, row_digest, mac, actor, detail FROM event WHERE sequence = 1"
      " AND namespace = 1",
  };
  for (size_t i = 0; i < sizeof tamperings / sizeof tamperings[0]; i++) {
    test_store self = with_history();
    ss_accept_result result;
    ss_verify_report report;
    ss_error error;
    test_store_close(&self);
    test_store_sql(&self, tamperings[i]);
    test_store_open(&self);
    assert_false(test_store_is_intact(self.store));
    assert_ok(accept(&self, "n", &result, &error), &error);
    assert_true(result.faults > 0);
    assert_ok(ss_verify(self.store, NULL, &report, &error), &error);
    if (!report.is_intact) fail_msg("%s: %s", tamperings[i], report.faults[0].message);
    assert_int_equal(report.acceptances, 1);
    assert_int_equal(report.faults_accepted, result.faults);
    assert_int_equal(report.last_accepted_at, TEST_NOW);
    ss_verify_report_clear(&report);
    test_put(self.store, "n", "A", "3");
    test_put(self.store, "n", "B", "3");
    assert_true(test_store_is_intact(self.store));
    test_store_remove(&self);
  }
}

static void what_has_no_fault_keeps_its_events(void **state) {
  test_store self = with_history();
  ss_accept_result result;
  ss_verify_report report;
  ss_error error;
  const int64_t events = test_store_number(&self, "SELECT count(*) FROM event");
  const int64_t counter = test_store_number(&self, "SELECT counter FROM seal");
  assert_ok(accept(&self, "n", &result, &error), &error);
  assert_int_equal(result.faults, 0);
  assert_int_equal(result.sequence, 0);
  assert_int_equal(test_store_number(&self, "SELECT count(*) FROM event"), events);
  assert_int_equal(test_store_number(&self, "SELECT counter FROM seal"), counter);
  assert_fails(accept(&self, "none", &result, &error), SS_NOT_FOUND, &error);
  assert_ok(ss_verify(self.store, NULL, &report, &error), &error);
  assert_int_equal(report.acceptances, 0);
  ss_verify_report_clear(&report);
  test_store_remove(&self);
}

static void a_row_that_does_not_authenticate_stands_in_the_way(void **state) {
  test_store self = with_history();
  ss_accept_result result;
  ss_remove_request purge;
  ss_error error;
  test_store_sql(&self, "UPDATE secret SET revision = 9 WHERE name = 'B'");
  assert_fails(accept(&self, "n", &result, &error), SS_DECRYPTION_FAILED, &error);
  assert_non_null(strstr(error.message, "\"B\""));
  ss_remove_request_init(&purge);
  purge.namespace_name = "n";
  purge.name = "B";
  purge.purge = true;
  assert_ok(ss_remove(self.store, &purge, NULL, &error), &error);
  assert_ok(accept(&self, "n", &result, &error), &error);
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

static void a_namespace_that_is_gone_is_accepted_with_any_other(void **state) {
  test_store self = with_history();
  ss_accept_result result;
  ss_error error;
  test_store_close(&self);
  test_store_sql(&self,
                 "DELETE FROM event WHERE namespace = 2; DELETE FROM secret WHERE namespace = 2;"
                 "DELETE FROM namespace WHERE id = 2");
  test_store_open(&self);
  assert_false(test_store_is_intact(self.store));
  assert_fails(accept(&self, "other", &result, &error), SS_NOT_FOUND, &error);
  assert_ok(accept(&self, "n", &result, &error), &error);
  assert_int_equal(result.faults, 1);
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

/* Which namespace was put back, nobody can tell: that the seal was taken is told ever after. */
static void a_seal_that_is_taken_is_told_of(void **state) {
  static const char keep[] =
      "CREATE TABLE aside.n AS SELECT * FROM namespace WHERE name = 'other';"
      "CREATE TABLE aside.s AS SELECT * FROM secret WHERE namespace = (SELECT id FROM aside.n);"
      "CREATE TABLE aside.e AS SELECT * FROM event WHERE namespace = (SELECT id FROM aside.n)";
  static const char put_back[] =
      "BEGIN; DELETE FROM secret WHERE namespace = (SELECT id FROM aside.n);"
      "DELETE FROM event WHERE namespace = (SELECT id FROM aside.n);"
      "DELETE FROM namespace WHERE id = (SELECT id FROM aside.n);"
      "INSERT INTO namespace SELECT * FROM aside.n; INSERT INTO secret SELECT * FROM aside.s;"
      "INSERT INTO event SELECT * FROM aside.e; COMMIT";
  test_store self = with_history();
  ss_accept_result result;
  ss_verify_report report;
  ss_error error;
  (void)state;
  test_put(self.store, "other", "X", "old");
  test_store_sql(&self, keep);
  test_put(self.store, "other", "X", "new");
  test_store_close(&self);
  test_store_sql(&self, put_back);
  test_store_open(&self);
  assert_false(test_store_is_intact(self.store));
  assert_ok(accept(&self, "n", &result, &error), &error);
  for (int i = 1; i <= 2; i++) {
    assert_ok(ss_verify(self.store, NULL, &report, &error), &error);
    assert_true(report.is_intact);
    assert_int_equal(report.seal_acceptances, 1);
    ss_verify_report_clear(&report);
    test_put(self.store, "n", "A", "again");
  }
  test_store_remove(&self);
}

static void the_policy_is_asked(void **state) {
  static const char never[] =
      "return { authorize = function(r) return r.operation ~= 'configure', 'never' end }";
  const ss_policy_source source = {"p.lua", never, sizeof never - 1};
  test_store self = with_history();
  ss_accept_result result;
  ss_error error;
  assert_ok(ss_policy_reload(self.store, &source, &error), &error);
  assert_fails(accept(&self, "n", &result, &error), SS_POLICY_DENIED, &error);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_are_taken_as_they_are_and_proved_again),
      cmocka_unit_test(what_has_no_fault_keeps_its_events),
      cmocka_unit_test(a_row_that_does_not_authenticate_stands_in_the_way),
      cmocka_unit_test(a_namespace_that_is_gone_is_accepted_with_any_other),
      cmocka_unit_test(a_seal_that_is_taken_is_told_of),
      cmocka_unit_test(the_policy_is_asked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
