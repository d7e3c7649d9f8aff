/* Counting calls. */
#include "engine/store/counters.h"

#include <pthread.h>

#include "support/support.h"

enum { CALLS = 2000 };

static void calls_failures_and_times_add_up(void **state) {
  call_counter counter = {0};
  ss_operation_stats stats;
  counter_add(&counter, SS_OK, 5);
  counter_add(&counter, SS_NOT_FOUND, 9);
  counter_add(&counter, SS_OK, 7);
  counter_read(&counter, &stats);
  assert_int_equal(stats.calls, 3);
  assert_int_equal(stats.failures, 1);
  assert_int_equal(stats.total_ns, 21);
  assert_int_equal(stats.longest_ns, 9);
}

static void *count(void *context) {
  for (int i = 1; i <= CALLS; i++) counter_add(context, i % 2 == 0 ? SS_OK : SS_CONFLICT, i);
  return NULL;
}

static void threads_that_count_at_once_lose_nothing(void **state) {
  call_counter counter = {0};
  pthread_t other;
  ss_operation_stats stats;
  assert_int_equal(pthread_create(&other, NULL, count, &counter), 0);
  (void)count(&counter);
  assert_int_equal(pthread_join(other, NULL), 0);
  counter_read(&counter, &stats);
  assert_int_equal(stats.calls, 2 * CALLS);
  assert_int_equal(stats.failures, CALLS);
  assert_int_equal(stats.total_ns, (int64_t)CALLS * (CALLS + 1));
  assert_int_equal(stats.longest_ns, CALLS);
}

static void every_operation_has_a_name_and_no_other_number_has(void **state) {
  for (int i = 0; i < SS_OPERATION_COUNT; i++) {
    assert_non_null(ss_operation_name((ss_operation)i));
    for (int j = 0; j < i; j++) {
      assert_string_not_equal(ss_operation_name((ss_operation)i),
                              ss_operation_name((ss_operation)j));
    }
  }
  assert_string_equal(ss_operation_name(SS_OPERATION_COUNT), "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(calls_failures_and_times_add_up),
      cmocka_unit_test(threads_that_count_at_once_lose_nothing),
      cmocka_unit_test(every_operation_has_a_name_and_no_other_number_has),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
