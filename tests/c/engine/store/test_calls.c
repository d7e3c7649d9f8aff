/* The calls that a thread is in, nested as hosts nest them. The stores are never looked into. */
#include "engine/store/calls.h"

#include <pthread.h>

#include "support/support.h"

static char places[2];
#define FIRST ((ss_store *)(void *)&places[0])
#define SECOND ((ss_store *)(void *)&places[1])

static void a_thread_is_in_the_calls_that_it_has_not_left(void **state) {
  store_call outer = {.store = FIRST};
  store_call inner = {.store = SECOND};
  calls_add(&outer);
  calls_add(&inner);
  assert_true(calls_include(FIRST) && calls_include(SECOND));
  calls_remove(&inner);
  assert_true(calls_include(FIRST));
  assert_false(calls_include(SECOND));
  calls_remove(&outer);
  assert_false(calls_include(FIRST));
}

static void calls_may_end_out_of_order(void **state) {
  store_call outer = {.store = FIRST};
  store_call inner = {.store = SECOND};
  calls_add(&outer);
  calls_add(&inner);
  calls_remove(&outer);
  assert_false(calls_include(FIRST));
  assert_true(calls_include(SECOND));
  calls_remove(&inner);
  calls_remove(&inner); /* is nothing */
  assert_false(calls_include(SECOND));
}

static void *look(void *context) {
  *(bool *)context = calls_include(FIRST);
  return NULL;
}

static void no_thread_sees_the_calls_of_another(void **state) {
  store_call call = {.store = FIRST};
  pthread_t other;
  bool seen = true;
  calls_add(&call);
  assert_int_equal(pthread_create(&other, NULL, look, &seen), 0);
  assert_int_equal(pthread_join(other, NULL), 0);
  calls_remove(&call);
  assert_false(seen);
}

static void the_current_call_is_the_one_that_the_host_made(void **state) {
  store_call made = {.store = FIRST};
  store_call used = {.store = FIRST}; /* by the first */
  assert_null(calls_current(FIRST));
  calls_add(&made);
  calls_add(&used);
  assert_ptr_equal(calls_current(FIRST), &made);
  calls_remove(&used);
  calls_remove(&made);
}

static void a_callback_stands_between_the_calls_around_it_and_those_that_it_makes(void **state) {
  store_call around = {.store = FIRST};
  store_call foreign = {.store = SECOND};
  store_call within = {.store = FIRST};
  host_visit visit = {.store = FIRST};
  calls_add(&around);
  calls_add(&foreign);
  calls_begin_visit(&visit);
  assert_int_equal(visit.calls, 1);
  assert_null(calls_current(FIRST));
  assert_ptr_equal(calls_current(SECOND), &foreign);
  calls_add(&within);
  assert_ptr_equal(calls_current(FIRST), &within);
  calls_remove(&within);
  calls_end_visit(&visit);
  assert_ptr_equal(calls_current(FIRST), &around);
  calls_remove(&foreign);
  calls_remove(&around);
}

static void a_visit_within_a_visit_ends_alone(void **state) {
  store_call around = {.store = FIRST};
  store_call within = {.store = FIRST};
  host_visit outer = {.store = FIRST};
  host_visit inner = {.store = FIRST};
  calls_add(&around);
  calls_begin_visit(&outer);
  calls_add(&within);
  calls_begin_visit(&inner);
  assert_int_equal(inner.calls, 1);
  calls_end_visit(&inner);
  assert_ptr_equal(calls_current(FIRST), &within);
  assert_ptr_equal(around.visit, &outer);
  calls_remove(&within);
  calls_end_visit(&outer);
  calls_remove(&around);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_thread_is_in_the_calls_that_it_has_not_left),
      cmocka_unit_test(calls_may_end_out_of_order),
      cmocka_unit_test(no_thread_sees_the_calls_of_another),
      cmocka_unit_test(the_current_call_is_the_one_that_the_host_made),
      cmocka_unit_test(a_callback_stands_between_the_calls_around_it_and_those_that_it_makes),
      cmocka_unit_test(a_visit_within_a_visit_ends_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
