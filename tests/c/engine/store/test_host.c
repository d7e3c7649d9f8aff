/* How a host is heard while a call waits or works long: its interrupt callback, which has the call
 * give up and leave nothing half done. Waits for other threads: tests/c/threads/test_closing.c. */
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/store/store.h"
#include "support/hooks.h"

static hooked_store *eager(void) {
  hooked_store *self = hooked_store_new();
  self->base.store->interrupt_interval_ns = 0;
  return self;
}

static bool is_about_interrupts(const hooked_call *call) { return call->kind == HOOK_INTERRUPT; }

static int64_t secrets_under(const hooked_store *self, const char *namespace_name) {
  char sql[256];
  (void)snprintf(sql, sizeof sql,
                 "SELECT count(*) FROM secret JOIN namespace ON namespace.id = secret.namespace "
                 "WHERE namespace.name = '%s'",
                 namespace_name);
  return test_store_number(&self->base, sql);
}

static int64_t events(const hooked_store *self) {
  return test_store_number(&self->base, "SELECT count(*) FROM event");
}

static void assert_verifies(const hooked_store *self) {
  ss_verify_report report;
  ss_error error;
  assert_ok(ss_verify(self->base.store, NULL, &report, &error), &error);
  assert_true(report.is_intact);
  ss_verify_report_clear(&report);
}

/* ---- Work ---------------------------------------------------------------------------------- */

static void every_long_call_gives_up_when_the_host_says_so(void **state) {
  for (size_t i = 0; i < hooked_call_count; i++) {
    const hooked_call *call = &hooked_calls[i];
    if (!is_about_interrupts(call)) continue;
    hooked_store *self = eager();
    ss_error error;
    const int64_t before = events(self);
    atomic_store(&self->answer, true);
    const ss_status status = call->run(self, &error);
    if (status != SS_INTERRUPTED) fail_msg("%s: %s", call->name, ss_status_name(status));
    if (atomic_load(&self->asked) != 1) fail_msg("%s was asked again", call->name);
    atomic_store(&self->answer, false);
    assert_int_equal(events(self), before);
    assert_int_not_equal(access(test_path(&self->base.folder, "copy.db"), F_OK), 0);
    assert_ok(call->run(self, &error), &error); /* the next call is asked anew */
    assert_verifies(self);
    hooked_store_remove(self);
  }
}

static void interrupted_in_the_middle_all_or_nothing_is_nothing(void **state) {
  static const char *const calls[] = {"put_batch", "import", "rotate_keys", "cleanup_secrets"};
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
    hooked_store *self = eager();
    ss_error error;
    const int64_t before = events(self);
    atomic_store(&self->answer_at, 7);
    const hooked_call *call = hooked_call_named(calls[i], HOOK_INTERRUPT);
    assert_fails(call->run(self, &error), SS_INTERRUPTED, &error);
    assert_int_equal(events(self), before);
    assert_int_equal(secrets_under(self, "new"), 0);
    assert_verifies(self);
    hooked_store_remove(self);
  }
}

static void a_partial_import_keeps_its_whole_batches(void **state) {
  hooked_store *self = eager();
  ss_error error;
  const int64_t before = events(self);
  const int lines = HOOKED_SECRETS + 2; /* the export's first and last line too */
  atomic_store(&self->answer_at, lines + 230);
  const hooked_call *call = hooked_call_named("partial_import", HOOK_INTERRUPT);
  assert_fails(call->run(self, &error), SS_INTERRUPTED, &error);
  assert_int_equal(events(self) - before, 200);
  assert_verifies(self);
  hooked_store_remove(self);
}

static void short_calls_do_not_ask(void **state) {
  hooked_store *self = eager();
  ss_error error;
  atomic_store(&self->answer, true);
  assert_ok(hooked_call_named("put", HOOK_LOG)->run(self, &error), &error);
  assert_ok(hooked_call_named("get", HOOK_LOG)->run(self, &error), &error);
  assert_ok(hooked_call_named("list", HOOK_CLOCK)->run(self, &error), &error);
  assert_int_equal(atomic_load(&self->asked), 0);
  hooked_store_remove(self);
}

static void a_call_is_not_asked_before_its_first_interval_is_over(void **state) {
  hooked_store *self = hooked_store_new();
  ss_error error;
  self->base.store->interrupt_interval_ns = INT64_MAX;
  atomic_store(&self->answer, true);
  assert_ok(hooked_call_named("verify", HOOK_PROGRESS)->run(self, &error), &error);
  assert_int_equal(atomic_load(&self->asked), 0);
  hooked_store_remove(self);
}

/* Many rows, so that one statement of SQLite's reads for long. */
static hooked_store *with_many_rows(void) {
  hooked_store *self = eager();
  static ss_put_request requests[6000];
  static char names[6000][16];
  ss_error error;
  for (size_t i = 0; i < 6000; i++) {
    (void)snprintf(names[i], sizeof names[i], "M%05zu", i);
    ss_put_request_init(&requests[i]);
    requests[i].namespace_name = "many";
    requests[i].name = names[i];
  }
  assert_ok(ss_put_batch(self->base.store, requests, 6000, NULL, &error), &error);
  atomic_store(&self->asked, 0);
  return self;
}

static void a_scan_within_one_statement_gives_up_too(void **state) {
  hooked_store *self = with_many_rows();
  ss_rotation_status keys;
  ss_error error;
  atomic_store(&self->answer, true);
  assert_fails(ss_get_rotation_status(self->base.store, &keys, &error), SS_INTERRUPTED, &error);
  atomic_store(&self->answer, false);
  assert_ok(ss_get_rotation_status(self->base.store, &keys, &error), &error);
  ss_rotation_status_clear(&keys);
  hooked_store_remove(self);
}

static void close_here(hooked_store *self) { ss_store_close(self->base.store); }

static void a_scan_within_one_statement_ends_when_the_store_closes(void **state) {
  hooked_store *self = with_many_rows();
  ss_rotation_status keys;
  ss_error error;
  hook_arm(self, HOOK_INTERRUPT, close_here);
  assert_fails(ss_get_rotation_status(self->base.store, &keys, &error), SS_CLOSED, &error);
  assert_false(hooked_store_is_held(self));
  hooked_store_remove(self);
}

/* ---- Waits for another process's lock ------------------------------------------------------- */

/* A connection that is not the store's: to SQLite the same as another process's. */
static sqlite3 *lock_elsewhere(const char *path, const char *sql) {
  sqlite3 *other = NULL;
  assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
  assert_int_equal(sqlite3_exec(other, sql, NULL, NULL, NULL), SQLITE_OK);
  return other;
}

static void a_wait_for_the_write_lock_gives_up(void **state) {
  static const char *const calls[] = {"put", "import", "rotate_all", "cleanup_secrets"};
  hooked_store *self = hooked_store_new();
  ss_error error;
  const int64_t before = events(self);
  sqlite3 *other = lock_elsewhere(self->base.path, "BEGIN IMMEDIATE");
  atomic_store(&self->answer, true);
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
    for (size_t j = 0; j < hooked_call_count; j++) {
      if (strcmp(hooked_calls[j].name, calls[i]) != 0) continue;
      assert_fails(hooked_calls[j].run(self, &error), SS_INTERRUPTED, &error);
    }
  }
  assert_int_equal(sqlite3_close(other), SQLITE_OK);
  assert_int_equal(events(self), before);
  hooked_store_remove(self);
}

static void a_close_while_it_waits_ends_the_wait(void **state) {
  hooked_store *self = hooked_store_new();
  ss_error error;
  sqlite3 *other = lock_elsewhere(self->base.path, "BEGIN IMMEDIATE");
  hook_arm(self, HOOK_INTERRUPT, close_here);
  assert_fails(hooked_call_named("put", HOOK_LOG)->run(self, &error), SS_CLOSED, &error);
  assert_int_equal(atomic_load(&self->fired), 1);
  assert_int_equal(sqlite3_close(other), SQLITE_OK);
  hooked_store_remove(self);
}

static void a_host_that_says_no_waits_for_the_whole_timeout(void **state) {
  hooked_store *self = hooked_store_new();
  ss_error error;
  test_store_close(&self->base);
  self->busy_timeout_ms = 200;
  hooked_store_open(self);
  sqlite3 *other = lock_elsewhere(self->base.path, "BEGIN IMMEDIATE");
  const int64_t begun = clock_monotonic_ns();
  assert_fails(hooked_call_named("put", HOOK_LOG)->run(self, &error), SS_STORAGE_BUSY, &error);
  assert_true(clock_monotonic_ns() - begun >= 200 * INT64_C(1000000));
  assert_true(atomic_load(&self->asked) > 0);
  assert_int_equal(sqlite3_close(other), SQLITE_OK);
  assert_ok(hooked_call_named("put", HOOK_LOG)->run(self, &error), &error);
  hooked_store_remove(self);
}

static void an_open_that_waits_gives_up(void **state) {
  hooked_store *self = hooked_store_new();
  ss_error error;
  test_store_close(&self->base);
  sqlite3 *other =
      lock_elsewhere(self->base.path, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT");
  atomic_store(&self->answer, true);
  ss_options *options = hooked_store_options(self);
  assert_fails(ss_store_open(options, &self->base.store, &error), SS_INTERRUPTED, &error);
  assert_null(self->base.store);
  ss_options_free(options);
  assert_int_equal(sqlite3_close(other), SQLITE_OK);
  hooked_store_remove(self);
}

/* ---- The background thread ------------------------------------------------------------------- */

typedef struct background_thread {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  int warnings;
  int asked;
} background_thread;

static void count_warning(void *context, ss_log_level level, const char *message) {
  background_thread *of = context;
  if (level != SS_LOG_WARN) return;
  (void)pthread_mutex_lock(&of->lock);
  of->warnings++;
  (void)pthread_cond_signal(&of->changed);
  (void)pthread_mutex_unlock(&of->lock);
}

static bool count_asking(void *context) {
  background_thread *of = context;
  (void)pthread_mutex_lock(&of->lock);
  of->asked++;
  (void)pthread_mutex_unlock(&of->lock);
  return true;
}

static void the_background_thread_never_asks(void **state) {
  hooked_store *self = hooked_store_new();
  background_thread of = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
  test_latch closed = TEST_LATCH;
  ss_error error;
  test_store_close(&self->base);
  sqlite3 *other = lock_elsewhere(self->base.path, "BEGIN IMMEDIATE");
  ss_options *options = test_store_options(&self->base);
  assert_ok(ss_options_set_busy_timeout_ms(options, 200, &error), &error);
  assert_ok(ss_options_set_interrupt(options, count_asking, &of, &error), &error);
  assert_ok(ss_options_set_log(options, SS_LOG_WARN, count_warning, &of, &error), &error);
  assert_ok(ss_options_set_maintenance(options, true, 1000, &error), &error);
  assert_ok(ss_options_set_closed(options, test_latch_open, &closed, &error), &error);
  assert_ok(ss_store_open(options, &self->base.store, &error), &error);
  ss_options_free(options);
  (void)pthread_mutex_lock(&of.lock);
  while (of.warnings == 0) (void)pthread_cond_wait(&of.changed, &of.lock);
  (void)pthread_mutex_unlock(&of.lock);
  test_store_close(&self->base);
  test_latch_await(&closed, 1); /* until then the thread may be in a callback */
  assert_int_equal(of.asked, 0);
  assert_int_equal(sqlite3_close(other), SQLITE_OK);
  hooked_store_remove(self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_long_call_gives_up_when_the_host_says_so),
      cmocka_unit_test(interrupted_in_the_middle_all_or_nothing_is_nothing),
      cmocka_unit_test(a_partial_import_keeps_its_whole_batches),
      cmocka_unit_test(short_calls_do_not_ask),
      cmocka_unit_test(a_call_is_not_asked_before_its_first_interval_is_over),
      cmocka_unit_test(a_scan_within_one_statement_gives_up_too),
      cmocka_unit_test(a_scan_within_one_statement_ends_when_the_store_closes),
      cmocka_unit_test(a_wait_for_the_write_lock_gives_up),
      cmocka_unit_test(a_close_while_it_waits_ends_the_wait),
      cmocka_unit_test(a_host_that_says_no_waits_for_the_whole_timeout),
      cmocka_unit_test(an_open_that_waits_gives_up),
      cmocka_unit_test(the_background_thread_never_asks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
