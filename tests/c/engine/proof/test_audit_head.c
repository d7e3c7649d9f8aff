/* Store heads: what they prove, and that none is made that would cover up a cut. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/support.h"

static char *make_head(ss_store *store) {
  ss_audit_head head;
  ss_error error;
  assert_ok(ss_get_audit_head(store, &head, &error), &error);
  char *copy = strdup(head.text);
  assert_non_null(copy);
  ss_audit_head_clear(&head);
  return copy;
}

static ss_verify_report verify_against(ss_store *store, const char *head, ss_status expected) {
  ss_verify_request request;
  ss_verify_report report;
  ss_error error;
  ss_verify_request_init(&request);
  request.expected_head = head;
  assert_fails(ss_verify(store, &request, &report, &error), expected, &error);
  return report;
}

static bool has_fault(const ss_verify_report *report, ss_fault_kind kind, const char *part) {
  for (size_t i = 0; i < report->faults_described; i++) {
    const ss_fault *fault = &report->faults[i];
    if (fault->kind == kind && strstr(fault->message, part) != NULL) return true;
    print_message("%s: %s\n", ss_fault_kind_name(fault->kind), fault->message);
  }
  return false;
}

static test_store with_history(void) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  test_put(self.store, NULL, "D", "1");
  test_put(self.store, "a", "A", "1");
  test_put(self.store, "b", "B", "1");
  test_put(self.store, "b", "B", "2");
  return self;
}

static void what_came_later_does_not_matter(void **state) {
  test_store self = with_history();
  char *head = make_head(self.store);
  test_put(self.store, "b", "B", "3");
  test_put(self.store, "0 a namespace before the others", "N", "1");
  test_put(self.store, "z", "N", "1");
  ss_verify_report report = verify_against(self.store, head, SS_OK);
  assert_true(report.is_intact);
  assert_int_equal(report.heads_compared, 3);
  ss_verify_report_clear(&report);
  free(head);
  test_store_remove(&self);
}

/* The whole file put back: authentic in itself, and only a head kept elsewhere shows it. */
static void an_older_file_is_behind_the_expected_head(void **state) {
  test_store self = with_history();
  const char *copy = test_path(&self.folder, "older.db");
  test_backup(self.store, copy);
  test_put(self.store, "b", "B", "3");
  test_put(self.store, "c", "C", "1");
  char *head = make_head(self.store);
  test_store older = self;
  older.store = NULL;
  (void)snprintf(older.path, sizeof older.path, "%s", copy);
  test_store_open(&older);
  ss_verify_report report = verify_against(older.store, NULL, SS_OK);
  assert_true(report.is_intact);
  ss_verify_report_clear(&report);
  report = verify_against(older.store, head, SS_OK);
  assert_false(report.is_intact);
  assert_true(has_fault(&report, SS_FAULT_BEHIND_STORE_HEAD, "the newest events were cut off"));
  assert_true(has_fault(&report, SS_FAULT_BEHIND_STORE_HEAD, "the namespace is gone"));
  assert_int_equal(report.fault_count, 2);
  ss_verify_report_clear(&report);

  /* Going on from there makes the chain long enough again, and it is still another one. */
  test_put(older.store, "b", "B", "another");
  test_put(older.store, "c", "C", "another");
  report = verify_against(older.store, head, SS_OK);
  assert_true(has_fault(&report, SS_FAULT_BEHIND_STORE_HEAD, "the chain was rewritten"));
  ss_verify_report_clear(&report);
  test_store_close(&older);
  free(head);
  test_store_remove(&self);
}

static void a_changed_head_is_refused(void **state) {
  test_store self = with_history();
  test_store other = with_history();
  char *head = make_head(self.store);
  char *foreign = make_head(other.store);
  static const char *const malformed[] = {"", "{}", "[]", "not JSON",
                                          "{\"secretstoreHead\":1,\"storeId\":\"00\"}"};
  for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
    ss_verify_report report = verify_against(self.store, malformed[i], SS_INVALID_ARGUMENT);
    ss_verify_report_clear(&report);
  }
  ss_verify_report report = verify_against(self.store, foreign, SS_INVALID_ARGUMENT);
  ss_verify_report_clear(&report);
  for (size_t i = 0; head[i] != '\0'; i++) {
    ss_verify_request request;
    ss_error error;
    const char kept = head[i];
    head[i] ^= 1;
    ss_verify_request_init(&request);
    request.expected_head = head;
    if (ss_verify(self.store, &request, &report, &error) == SS_OK) {
      fail_msg("byte %zu may be changed: %s", i, head);
    }
    head[i] = kept;
  }
  /* White space is no change. */
  char padded[4096];
  (void)snprintf(padded, sizeof padded, "\n %s\r\n", head);
  report = verify_against(self.store, padded, SS_OK);
  assert_true(report.is_intact);
  ss_verify_report_clear(&report);
  free(head);
  free(foreign);
  test_store_remove(&self);
  test_store_remove(&other);
}

static void prune(test_store *self, int64_t later_ms) {
  ss_cleanup_result result;
  ss_error error;
  self->clock->now_ms += later_ms;
  assert_ok(ss_cleanup_events(self->store, 1, NULL, &result, &error), &error);
}

static void pruned_chains_are_compared_as_far_as_they_go(void **state) {
  test_store self = with_history();
  char *head = make_head(self.store);
  self.clock->now_ms += 2 * SS_DEFAULT_SECRET_RETENTION_MS;
  test_put(self.store, "b", "B", "3");
  /* Of b goes what lies before its newest event: its checkpoint is at the head's event. */
  prune(&self, 0);
  ss_verify_report report = verify_against(self.store, head, SS_OK);
  assert_true(report.is_intact);
  assert_int_equal(report.heads_compared, 3);
  ss_verify_report_clear(&report);
  self.clock->now_ms += 2 * SS_DEFAULT_SECRET_RETENTION_MS;
  test_put(self.store, "b", "B", "4");
  prune(&self, 0);
  report = verify_against(self.store, head, SS_OK);
  assert_true(report.is_intact);
  assert_int_equal(report.heads_compared, 2);
  assert_int_equal(report.heads_pruned, 1);
  ss_verify_report_clear(&report);
  free(head);
  test_store_remove(&self);
}

static void a_head_outlives_a_rotation(void **state) {
  test_store self = with_history();
  char *head = make_head(self.store);
  ss_error error;
  test_store_reopen_with(&self, 2, 1);
  assert_ok(ss_rotate_all(self.store, NULL, NULL, NULL, NULL, &error), &error);
  test_store_reopen_with(&self, 2, -1);
  ss_verify_report report = verify_against(self.store, head, SS_OK);
  assert_true(report.is_intact);
  assert_int_equal(report.heads_compared, 3);
  ss_verify_report_clear(&report);
  free(head);
  test_store_remove(&self);
}

static void a_store_of_many_namespaces(void **state) {
  enum { NAMESPACES = 1203 };
  test_store self = test_store_prepare();
  test_store_open(&self);
  for (int i = 0; i < NAMESPACES; i++) {
    char name[16];
    (void)snprintf(name, sizeof name, "n%d", i);
    test_put(self.store, name, "A", "1");
  }
  char *head = make_head(self.store);
  ss_verify_report report = verify_against(self.store, head, SS_OK);
  assert_true(report.is_intact);
  assert_int_equal(report.heads_compared, NAMESPACES);
  ss_verify_report_clear(&report);
  free(head);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_came_later_does_not_matter),
      cmocka_unit_test(an_older_file_is_behind_the_expected_head),
      cmocka_unit_test(a_changed_head_is_refused),
      cmocka_unit_test(pruned_chains_are_compared_as_far_as_they_go),
      cmocka_unit_test(a_head_outlives_a_rotation),
      cmocka_unit_test(a_store_of_many_namespaces),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
