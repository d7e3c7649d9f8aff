/* put_batch: all or nothing, in turn; and stats, which count it. */
#include <string.h>

#include "support/support.h"

static ss_put_request request_for(const char *namespace_name, const char *name, const char *value) {
  ss_put_request request;
  ss_put_request_init(&request);
  request.namespace_name = namespace_name;
  request.name = name;
  request.value = value;
  request.value_length = strlen(value);
  return request;
}

static void all_are_put_in_turn(void **state) {
  test_store self = test_store_prepare();
  ss_put_result results[4];
  ss_error error;
  test_store_open(&self);
  const ss_put_request requests[] = {request_for("z", "A", "1"), request_for("a", "A", "2"),
                                     request_for("z", "A", "3"), request_for(NULL, "A", "4")};
  assert_ok(ss_put_batch(self.store, requests, 4, results, &error), &error);
  assert_secret(self.store, "z", "A", "3");
  assert_secret(self.store, "a", "A", "2");
  assert_secret(self.store, NULL, "A", "4");
  assert_true(results[0].is_new && !results[2].is_new);
  assert_int_equal(results[0].revision, 1);
  assert_int_equal(results[2].revision, 2);
  assert_string_equal(results[0].secret_id, results[2].secret_id);
  assert_ok(ss_put_batch(self.store, requests, 0, NULL, &error), &error);
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

static void one_that_fails_takes_all_back(void **state) {
  test_store self = test_store_prepare();
  ss_put_result results[2];
  ss_error error;
  test_store_open(&self);
  ss_put_request requests[] = {request_for("b", "A", "1"), request_for("a", "", "2")};
  assert_fails(ss_put_batch(self.store, requests, 2, results, &error), SS_INVALID_ARGUMENT, &error);
  assert_non_null(strstr(error.message, "request 1: name"));
  assert_int_equal(results[0].revision, 0);
  requests[1] = request_for("c", "A", "2");
  requests[1].if_revision = 7;
  assert_fails(ss_put_batch(self.store, requests, 2, results, &error), SS_CONFLICT, &error);
  assert_fails(ss_put_batch(self.store, NULL, 2, results, &error), SS_INVALID_ARGUMENT, &error);
  memset(requests, 0, sizeof requests);
  assert_fails(ss_put_batch(self.store, requests, 2, results, &error), SS_INVALID_ARGUMENT, &error);
  assert_int_equal(test_store_number(&self, "SELECT count(*) FROM secret"), 0);
  test_store_remove(&self);
}

static void stats_count(void **state) {
  test_store self = test_store_prepare();
  ss_stats stats;
  ss_error error;
  test_store_open(&self);
  test_put(self.store, "a", "A", "1");
  test_put(self.store, "a", "A", "2");
  test_put(self.store, NULL, "B", "1");
  (void)test_get_status(self.store, "a", "A");
  (void)test_get_status(self.store, "a", "missing");
  const ss_put_request wrong = request_for("a", "", "1");
  assert_fails(ss_put(self.store, &wrong, NULL, &error), SS_INVALID_ARGUMENT, &error);
  assert_ok(ss_get_stats(self.store, &stats, &error), &error);
  assert_int_equal(stats.namespace_count, 2);
  assert_int_equal(stats.secret_count, 2);
  assert_int_equal(stats.event_count, 3);
  assert_true(stats.file_bytes > 0 && stats.file_bytes % 4096 == 0);
  assert_true(stats.log_bytes > 0);
  const ss_operation_stats *puts = &stats.operations[SS_OPERATION_PUT];
  assert_int_equal(puts->calls, 4);
  assert_int_equal(puts->failures, 1);
  assert_true(puts->longest_ns > 0 && puts->longest_ns <= puts->total_ns);
  assert_int_equal(stats.operations[SS_OPERATION_GET].calls, 2);
  assert_int_equal(stats.operations[SS_OPERATION_GET].failures, 0);
  assert_int_equal(stats.operations[SS_OPERATION_VERIFY].calls, 0);
  assert_fails(ss_get_stats(self.store, NULL, &error), SS_INVALID_ARGUMENT, &error);
  test_store_remove(&self);
}

static void operations_have_names(void **state) {
  for (int i = 0; i < SS_OPERATION_COUNT; i++) {
    assert_non_null(ss_operation_name((ss_operation)i));
    assert_string_not_equal(ss_operation_name((ss_operation)i), "unknown");
  }
  assert_string_equal(ss_operation_name(SS_OPERATION_LIST_EVENTS), "list_events");
  assert_string_equal(ss_operation_name(SS_OPERATION_COUNT), "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_are_put_in_turn),
      cmocka_unit_test(one_that_fails_takes_all_back),
      cmocka_unit_test(stats_count),
      cmocka_unit_test(operations_have_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
