/* Maintenance: step by step, in the background, one process at a time, and what happens when it
 * fails. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "support/support.h"

enum { PATIENCE_MS = 30000, LONG_INTERVAL_MS = 3600000 };

static void put_expiring(ss_store *store, int count) {
  for (int i = 0; i < count; i++) {
    char name[32];
    ss_put_request request;
    ss_error error;
    (void)snprintf(name, sizeof name, "S%04d", i);
    ss_put_request_init(&request);
    request.namespace_name = "n";
    request.name = name;
    request.ttl = SS_SET;
    request.ttl_ms = 1;
    assert_ok(ss_put(store, &request, NULL, &error), &error);
  }
}

/* A store may be closed for good only after the close has returned, when its thread is inside a
 * callback: what those use must stay until then. */
static test_latch closed = TEST_LATCH;
static int opened;

static void end(test_store *self) {
  test_store_close(self);
  test_latch_await(&closed, opened);
  test_store_remove(self);
}

static void open_with(test_store *self, bool in_background, int64_t interval_ms,
                      ss_log_callback log, void *log_context) {
  ss_options *options = test_store_options(self);
  ss_error error;
  assert_ok(ss_options_set_maintenance(options, in_background, interval_ms, &error), &error);
  assert_ok(ss_options_set_retention_ms(options, 1000, 2000, &error), &error);
  assert_ok(ss_options_set_log(options, SS_LOG_WARN, log, log_context, &error), &error);
  assert_ok(ss_options_set_closed(options, test_latch_open, &closed, &error), &error);
  assert_ok(ss_store_open(options, &self->store, &error), &error);
  opened++;
  ss_options_free(options);
}

static void wait_until(const test_store *self, const char *sql, int64_t wanted) {
  for (int waited = 0; waited < PATIENCE_MS; waited += 10) {
    if (test_store_number(self, sql) == wanted) return;
    (void)nanosleep(&(struct timespec){0, 10000000}, NULL);
  }
  fail_msg("%s is still %lld", sql, (long long)test_store_number(self, sql));
}

static void assert_verifies(ss_store *store) {
  ss_verify_report report;
  ss_error error;
  assert_ok(ss_verify(store, NULL, &report, &error), &error);
  assert_true(report.is_intact);
  ss_verify_report_clear(&report);
}

/* 250 secrets that expired long ago, under key 1; key 2 is active, and 30 live secrets wait. */
static test_store with_work(void) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  put_expiring(self.store, 250);
  for (int i = 0; i < 30; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "LIVE%02d", i);
    test_put(self.store, "live", name, name);
  }
  self.clock->now_ms += 5000;
  test_allow_pruning(self.store);
  test_store_close(&self);
  self.keys[0] = 2;
  self.keys[1] = 1;
  return self;
}

static void steps_do_one_batch_each_until_nothing_is_left(void **state) {
  test_store self = with_work();
  ss_error error;
  bool more = true;
  int steps = 0;
  open_with(&self, false, 1000, NULL, NULL);
  assert_ok(ss_maintenance_step(self.store, &more, &error), &error);
  assert_int_equal(test_store_number(&self, "SELECT count(*) FROM secret"), 180);
  for (; more && steps < 100; steps++) {
    assert_ok(ss_maintenance_step(self.store, &more, &error), &error);
  }
  assert_true(steps >= 4 && steps < 20);
  assert_int_equal(test_store_number(&self, "SELECT count(*) FROM secret"), 30);
  assert_int_equal(test_store_number(&self, "SELECT count(*) FROM secret WHERE key_version = 1"),
                   0);
  assert_int_equal(
      test_store_number(&self, "SELECT count(*) FROM event WHERE actor = 'maintenance'"),
      283); /* three of them say what was pruned */
  assert_verifies(self.store);
  /* The drain's events made the last old event of a chain no longer its newest: one step more. */
  assert_ok(ss_maintenance_step(self.store, &more, &error), &error);
  assert_true(more);
  assert_ok(ss_maintenance_step(self.store, &more, &error), &error);
  assert_false(more);
  assert_ok(ss_maintenance_step(self.store, NULL, &error), &error);
  end(&self);
}

static int64_t rows_under_key_1(const test_store *self) {
  return test_store_number(self, "SELECT count(*) FROM secret WHERE key_version = 1");
}

static void step_until_done(ss_store *store) {
  ss_error error;
  bool more = true;
  while (more) assert_ok(ss_maintenance_step(store, &more, &error), &error);
}

/* As hosts do that do not ask for less. */
static void reopen_with_a_new_key(test_store *self) {
  ss_error error;
  test_store_close(self);
  self->keys[0] = 2;
  self->keys[1] = 1;
  ss_options *options = test_store_options(self);
  assert_ok(ss_options_set_drain_after_ms(options, SS_DEFAULT_DRAIN_AFTER_MS, &error), &error);
  assert_ok(ss_store_open(options, &self->store, &error), &error);
  ss_options_free(options);
}

/* A day passes from the first write with the new key on. */
static void older_keys_are_drained_once_the_active_one_is_settled(void **state) {
  test_store self = test_store_prepare();
  (void)state;
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  reopen_with_a_new_key(&self);
  self.clock->now_ms += 2 * SS_DEFAULT_DRAIN_AFTER_MS; /* nobody has written with it yet */
  test_put(self.store, "n", "B", "2");
  step_until_done(self.store);
  assert_int_equal(rows_under_key_1(&self), 1);
  self.clock->now_ms += SS_DEFAULT_DRAIN_AFTER_MS - 1;
  step_until_done(self.store);
  assert_int_equal(rows_under_key_1(&self), 1);
  self.clock->now_ms += 1;
  step_until_done(self.store);
  assert_int_equal(rows_under_key_1(&self), 0);
  test_store_remove(&self);
}

/* Where nobody writes, the time goes from when the handle first saw it. */
static void a_key_that_nobody_writes_with_is_settled_after_a_while_too(void **state) {
  test_store self = test_store_prepare();
  (void)state;
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  reopen_with_a_new_key(&self);
  step_until_done(self.store);
  assert_int_equal(rows_under_key_1(&self), 1);
  self.clock->now_ms += SS_DEFAULT_DRAIN_AFTER_MS;
  step_until_done(self.store);
  assert_int_equal(rows_under_key_1(&self), 0);
  test_store_remove(&self);
}

static void the_background_thread_does_all_of_it(void **state) {
  test_store self = with_work();
  open_with(&self, true, 1000, NULL, NULL);
  wait_until(&self, "SELECT count(*) FROM secret", 30);
  wait_until(&self, "SELECT count(*) FROM secret WHERE key_version = 1", 0);
  assert_verifies(self.store);
  assert_secret(self.store, "live", "LIVE07", "LIVE07");
  end(&self);
}

static void it_comes_again_at_every_interval(void **state) {
  test_store self = test_store_prepare();
  open_with(&self, true, 1000, NULL, NULL);
  put_expiring(self.store, 5);
  __atomic_fetch_add(&self.clock->now_ms, 5000, __ATOMIC_RELAXED);
  wait_until(&self, "SELECT count(*) FROM secret", 0);
  put_expiring(self.store, 7);
  __atomic_fetch_add(&self.clock->now_ms, 5000, __ATOMIC_RELAXED);
  wait_until(&self, "SELECT count(*) FROM secret", 0);
  end(&self);
}

static void close_ends_it_though_the_interval_is_long(void **state) {
  for (int i = 0; i < 10; i++) {
    test_store self = with_work();
    open_with(&self, true, LONG_INTERVAL_MS, NULL, NULL);
    end(&self); /* would take an hour */
  }
}

static void of_two_only_the_holder_of_the_lease_works(void **state) {
  test_store first = with_work();
  open_with(&first, true, LONG_INTERVAL_MS, NULL, NULL);
  wait_until(&first, "SELECT count(*) FROM secret WHERE key_version = 1", 0);
  test_store second = first;
  open_with(&second, true, 1000, NULL, NULL);
  put_expiring(second.store, 3);
  __atomic_fetch_add(&first.clock->now_ms, 5000, __ATOMIC_RELAXED);
  (void)nanosleep(&(struct timespec){2, 500000000}, NULL); /* two passes of the second */
  assert_int_equal(test_store_number(&first, "SELECT count(*) FROM secret WHERE name LIKE 'S%'"),
                   3);
  test_store_close(&first); /* gives the lease back */
  wait_until(&second, "SELECT count(*) FROM secret WHERE name LIKE 'S%'", 0);
  first.store = second.store;
  end(&first);
}

/* Leases last an hour at most: one that says more was written by somebody else. */
static void a_lease_without_end_stops_nobody(void **state) {
  static const char *const ends[] = {"9007199254740991", "9223372036854775807",
                                     "1770000000000 + 5000 + 3600001"};
  for (int i = 0; i < 3; i++) {
    test_store self = with_work();
    char sql[128];
    (void)snprintf(sql, sizeof sql, "INSERT INTO lease VALUES ('maintenance', x'%032d', %s)", 7,
                   ends[i]);
    test_store_sql(&self, sql);
    open_with(&self, true, SS_MAX_INTEGER, NULL, NULL);
    wait_until(&self, "SELECT count(*) FROM secret WHERE key_version = 1", 0);
    assert_true(test_store_number(&self, "SELECT until FROM lease") <=
                self.clock->now_ms + LONG_INTERVAL_MS);
    end(&self);
  }
}

static void a_lease_that_is_none_stops_nobody(void **state) {
  test_store self = with_work();
  test_store_sql(&self, "INSERT INTO lease VALUES ('maintenance', x'00', 1770000010000)");
  open_with(&self, true, LONG_INTERVAL_MS, NULL, NULL);
  wait_until(&self, "SELECT count(*) FROM secret WHERE key_version = 1", 0);
  end(&self);
}

typedef struct caught {
  atomic_int warnings;
} caught;

static void catch_warning(void *context, ss_log_level level, const char *message) {
  caught *of = context;
  if (level == SS_LOG_WARN && strstr(message, "maintenance:") != NULL) {
    atomic_fetch_add(&of->warnings, 1);
  }
}

static void a_failing_pass_is_logged_and_tried_again(void **state) {
  test_store self = with_work();
  caught of = {0};
  test_store_sql(&self, "UPDATE event SET actor = 'eve' WHERE sequence = 2");
  open_with(&self, true, 1000, catch_warning, &of);
  for (int waited = 0; waited < PATIENCE_MS && atomic_load(&of.warnings) < 2; waited += 10) {
    (void)nanosleep(&(struct timespec){0, 10000000}, NULL);
  }
  assert_true(atomic_load(&of.warnings) >= 2);
  end(&self);
}

static void it_works_beside_readers_and_writers(void **state) {
  test_store self = with_work();
  open_with(&self, true, 1000, NULL, NULL);
  for (int i = 0; i < 300; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "LIVE%02d", i % 30);
    test_put(self.store, "live", name, name);
    assert_secret(self.store, "live", name, name);
  }
  wait_until(&self, "SELECT count(*) FROM secret", 30);
  assert_verifies(self.store);
  end(&self);
}

static void bad_options_are_refused(void **state) {
  test_store self = test_store_prepare();
  ss_options *options = test_store_options(&self);
  ss_error error;
  assert_fails(ss_options_set_maintenance(options, true, 999, &error), SS_INVALID_OPTIONS, &error);
  assert_fails(ss_options_set_retention_ms(options, 0, 1, &error), SS_INVALID_OPTIONS, &error);
  assert_fails(ss_options_set_retention_ms(options, 1, -1, &error), SS_INVALID_OPTIONS, &error);
  assert_ok(ss_options_set_maintenance(options, true, SS_MAX_INTEGER, &error), &error);
  ss_options_free(options);
  end(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(steps_do_one_batch_each_until_nothing_is_left),
      cmocka_unit_test(older_keys_are_drained_once_the_active_one_is_settled),
      cmocka_unit_test(a_key_that_nobody_writes_with_is_settled_after_a_while_too),
      cmocka_unit_test(the_background_thread_does_all_of_it),
      cmocka_unit_test(it_comes_again_at_every_interval),
      cmocka_unit_test(close_ends_it_though_the_interval_is_long),
      cmocka_unit_test(of_two_only_the_holder_of_the_lease_works),
      cmocka_unit_test(a_lease_without_end_stops_nobody),
      cmocka_unit_test(a_lease_that_is_none_stops_nobody),
      cmocka_unit_test(a_failing_pass_is_logged_and_tried_again),
      cmocka_unit_test(it_works_beside_readers_and_writers),
      cmocka_unit_test(bad_options_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
