/* Closing while other threads are in calls: a close never waits for the host's code, which may be
 * waiting for it; it ends waits and long work; whoever leaves last releases. Nothing here sleeps to
 * meet somebody: threads tell each other where they are. */
#include <pthread.h>
#include <sched.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/store/store.h"
#include "support/hooks.h"

typedef struct meeting {
  test_latch inside; /* somebody is inside a callback */
  test_latch closed; /* and may go on: the store's close has returned */
} meeting;

#define MEETING \
  { TEST_LATCH, TEST_LATCH }

static void stay_until_closed(hooked_store *self) {
  meeting *of = self->context;
  test_latch_open(&of->inside);
  test_latch_await(&of->closed, 1);
}

/* ---- A call on a thread of its own ---------------------------------------------------------- */

typedef struct caller {
  hooked_store *self;
  const hooked_call *call;
  ss_status status;
  pthread_t thread;
} caller;

static void *run_call(void *context) {
  caller *of = context;
  ss_error error;
  of->status = of->call->run(of->self, &error);
  return NULL;
}

static void caller_start(caller *of, hooked_store *self, const char *name, hook_kind kind) {
  *of = (caller){.self = self, .call = hooked_call_named(name, kind)};
  assert_int_equal(pthread_create(&of->thread, NULL, run_call, of), 0);
}

static ss_status caller_join(caller *of) {
  (void)pthread_join(of->thread, NULL);
  return of->status;
}

/* ---- Callbacks that wait for the close ------------------------------------------------------- */

static void end_while_inside(const hooked_call *call, bool frees) {
  meeting of = MEETING;
  hooked_store *self = hooked_store_new();
  caller inside;
  self->context = &of;
  self->base.store->interrupt_interval_ns = 0;
  hook_arm(self, call->kind, stay_until_closed);
  caller_start(&inside, self, call->name, call->kind);
  test_latch_await(&of.inside, 1);
  (frees ? ss_store_free : ss_store_close)(self->base.store);
  assert_true(hooked_store_is_held(self));
  const int callbacks = atomic_load(&self->callbacks);
  test_latch_open(&of.closed);
  const ss_status status = caller_join(&inside);
  if (status != call->when_closed) fail_msg("%s: %s", call->name, ss_status_name(status));
  assert_int_equal(atomic_load(&self->callbacks), callbacks); /* not one more */
  assert_false(hooked_store_is_held(self));
  if (frees) self->base.store = NULL;
  test_store_close(&self->base);
  test_store_open(&self->base);
  assert_true(test_store_is_intact(self->base.store));
  hooked_store_remove(self);
}

static void a_close_does_not_wait_for_a_callback_that_waits_for_it(void **state) {
  for (size_t i = 0; i < hooked_call_count; i++) end_while_inside(&hooked_calls[i], false);
}

static void a_free_does_not_wait_for_a_callback_that_waits_for_it(void **state) {
  for (size_t i = 0; i < hooked_call_count; i++) end_while_inside(&hooked_calls[i], true);
}

static void the_last_of_several_to_leave_releases(void **state) {
  meeting of = MEETING;
  hooked_store *self = hooked_store_new();
  caller callers[4];
  self->context = &of;
  for (int i = 0; i < 4; i++) {
    hook_arm(self, HOOK_WRITE, stay_until_closed);
    caller_start(&callers[i], self, "export", HOOK_WRITE);
    test_latch_await(&of.inside, i + 1);
  }
  ss_store_close(self->base.store);
  ss_store_free(self->base.store);
  self->base.store = NULL;
  assert_true(hooked_store_is_held(self));
  test_latch_open(&of.closed);
  for (int i = 0; i < 4; i++) assert_int_equal(caller_join(&callers[i]), SS_CLOSED);
  assert_false(hooked_store_is_held(self));
  hooked_store_remove(self);
}

/* ---- Waits that a close ends ----------------------------------------------------------------- */

static void say_so(hooked_store *self) { test_latch_open(&((meeting *)self->context)->inside); }

/* The interrupt callback is first asked while the call waits: then it does. */
static void close_while_waiting(hooked_store *self, const char *name, hook_kind kind) {
  meeting *of = self->context;
  caller waiting;
  const int before = of->inside.count;
  hook_arm(self, HOOK_INTERRUPT, say_so);
  caller_start(&waiting, self, name, kind);
  test_latch_await(&of->inside, before + 1);
  ss_store_close(self->base.store);
  assert_int_equal(caller_join(&waiting), SS_CLOSED);
}

static void a_close_ends_a_wait_for_another_processs_lock(void **state) {
  meeting of = MEETING;
  hooked_store *self = hooked_store_new();
  sqlite3 *other = NULL;
  self->context = &of;
  assert_int_equal(sqlite3_open(self->base.path, &other), SQLITE_OK);
  assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
  close_while_waiting(self, "put", HOOK_LOG);
  assert_int_equal(sqlite3_close(other), SQLITE_OK);
  hooked_store_remove(self);
}

/* A put that stays in its clock callback has the writer. */
static void a_close_ends_a_wait_for_another_threads_write(void **state) {
  meeting of = MEETING;
  hooked_store *self = hooked_store_new();
  caller writing;
  self->context = &of;
  hook_arm(self, HOOK_CLOCK, stay_until_closed);
  caller_start(&writing, self, "put", HOOK_CLOCK);
  test_latch_await(&of.inside, 1);
  close_while_waiting(self, "put", HOOK_LOG);
  test_latch_open(&of.closed);
  assert_int_equal(caller_join(&writing), SS_OK);
  assert_false(hooked_store_is_held(self));
  hooked_store_remove(self);
}

enum { READERS = 32 };

static void a_close_ends_a_wait_for_a_reader(void **state) {
  meeting of = MEETING;
  hooked_store *self = hooked_store_new();
  caller reading[READERS];
  self->context = &of;
  for (int i = 0; i < READERS; i++) {
    hook_arm(self, HOOK_WRITE, stay_until_closed);
    caller_start(&reading[i], self, "export", HOOK_WRITE);
    test_latch_await(&of.inside, i + 1);
  }
  close_while_waiting(self, "get", HOOK_LOG);
  test_latch_open(&of.closed);
  for (int i = 0; i < READERS; i++) assert_int_equal(caller_join(&reading[i]), SS_CLOSED);
  assert_false(hooked_store_is_held(self));
  hooked_store_remove(self);
}

static void an_interrupt_ends_a_wait_for_another_threads_write(void **state) {
  meeting of = MEETING;
  hooked_store *self = hooked_store_new();
  caller writing;
  ss_error error;
  self->context = &of;
  hook_arm(self, HOOK_CLOCK, stay_until_closed);
  caller_start(&writing, self, "put", HOOK_CLOCK);
  test_latch_await(&of.inside, 1);
  atomic_store(&self->answer, true);
  assert_fails(hooked_call_named("put_batch", HOOK_CLOCK)->run(self, &error), SS_INTERRUPTED,
               &error);
  atomic_store(&self->answer, false);
  test_latch_open(&of.closed);
  assert_int_equal(caller_join(&writing), SS_OK);
  assert_ok(hooked_call_named("put", HOOK_LOG)->run(self, &error), &error);
  hooked_store_remove(self);
}

static void more_readers_than_there_are_wait_no_longer_than_the_timeout(void **state) {
  meeting of = MEETING;
  hooked_store *self = hooked_store_new();
  caller reading[READERS];
  ss_error error;
  test_store_close(&self->base);
  self->busy_timeout_ms = 100;
  hooked_store_open(self);
  self->context = &of;
  for (int i = 0; i < READERS; i++) {
    hook_arm(self, HOOK_WRITE, stay_until_closed);
    caller_start(&reading[i], self, "export", HOOK_WRITE);
    test_latch_await(&of.inside, i + 1);
  }
  assert_fails(hooked_call_named("get", HOOK_LOG)->run(self, &error), SS_STORAGE_BUSY, &error);
  test_latch_open(&of.closed);
  for (int i = 0; i < READERS; i++) assert_int_equal(caller_join(&reading[i]), SS_OK);
  assert_ok(hooked_call_named("get", HOOK_LOG)->run(self, &error), &error);
  hooked_store_remove(self);
}

/* ---- Many at once ---------------------------------------------------------------------------- */

enum { CLOSERS = 4, WORKERS = 4, ROUNDS = 8 };

static void *work_until_closed(void *context) {
  caller *of = context;
  do {
    ss_error error;
    of->status = of->call->run(of->self, &error);
    test_latch_open(of->self->context);
  } while (of->status == SS_OK);
  return NULL;
}

static void *close_it(void *store) {
  ss_store_close(store);
  return NULL;
}

static void several_threads_may_close_at_once(void **state) {
  static const struct {
    const char *name;
    hook_kind kind;
  } work[WORKERS] = {
      {"put", HOOK_CLOCK}, {"export", HOOK_WRITE}, {"verify", HOOK_PROGRESS}, {"get", HOOK_LOG}};
  for (int round = 0; round < ROUNDS; round++) {
    test_latch worked = TEST_LATCH;
    hooked_store *self = hooked_store_new();
    caller workers[WORKERS];
    pthread_t closers[CLOSERS];
    self->context = &worked;
    for (int i = 0; i < WORKERS; i++) {
      workers[i] = (caller){.self = self, .call = hooked_call_named(work[i].name, work[i].kind)};
      assert_int_equal(pthread_create(&workers[i].thread, NULL, work_until_closed, &workers[i]), 0);
    }
    test_latch_await(&worked, round);
    for (int i = 0; i < CLOSERS; i++) {
      assert_int_equal(pthread_create(&closers[i], NULL, close_it, self->base.store), 0);
    }
    for (int i = 0; i < CLOSERS; i++) (void)pthread_join(closers[i], NULL);
    for (int i = 0; i < WORKERS; i++) assert_int_equal(caller_join(&workers[i]), SS_CLOSED);
    assert_false(hooked_store_is_held(self));
    hooked_store_remove(self);
  }
}

/* ---- The background thread ------------------------------------------------------------------- */

static void open_with_background(hooked_store *self, hook_kind kind,
                                 void (*action)(hooked_store *self)) {
  ss_error error;
  test_store_close(&self->base);
  ss_options *options = hooked_store_options(self);
  assert_ok(ss_options_set_maintenance(options, true, 1000, &error), &error);
  hooked_store_open_with(self, options);
  ss_options_free(options);
  hook_arm(self, kind, action);
}

static void end_while_background_is_inside(hook_kind kind, bool frees) {
  meeting of = MEETING;
  hooked_store *self = hooked_store_new();
  self->context = &of;
  open_with_background(self, kind, stay_until_closed);
  test_latch_await(&of.inside, 1);
  (frees ? ss_store_free : ss_store_close)(self->base.store);
  if (frees) self->base.store = NULL;
  test_latch_open(&of.closed);
  hooked_store_await_closed(self);
  assert_false(hooked_store_is_held(self));
  hooked_store_remove(self);
}

static void a_close_does_not_wait_for_the_background_threads_callback(void **state) {
  end_while_background_is_inside(HOOK_CLOCK, false);
  end_while_background_is_inside(HOOK_LOG, false);
}

static void a_free_does_not_wait_for_the_background_threads_callback(void **state) {
  end_while_background_is_inside(HOOK_CLOCK, true);
  end_while_background_is_inside(HOOK_LOG, true);
}

static void close_and_say_so(hooked_store *self) {
  ss_store_close(self->base.store);
  say_so(self);
}

static void free_and_say_so(hooked_store *self) {
  ss_store_free(self->base.store);
  say_so(self);
}

static void the_background_thread_itself_may_close_or_free(void **state) {
  static const hook_kind kinds[] = {HOOK_CLOCK, HOOK_LOG};
  for (int i = 0; i < 4; i++) {
    meeting of = MEETING;
    hooked_store *self = hooked_store_new();
    const bool frees = i >= 2;
    self->context = &of;
    open_with_background(self, kinds[i % 2], frees ? free_and_say_so : close_and_say_so);
    test_latch_await(&of.inside, 1);
    if (frees) self->base.store = NULL;
    hooked_store_await_closed(self);
    assert_false(hooked_store_is_held(self));
    hooked_store_remove(self);
  }
}

/* ---- Forks ----------------------------------------------------------------------------------- */

typedef struct scan_stop {
  test_latch inside;
  test_latch release;
} scan_stop;

/* Between a rotation's scan and its transaction: inside the library, not in a callback. */
static void stay_in_the_library(void *context) {
  scan_stop *of = context;
  test_latch_open(&of->inside);
  test_latch_await(&of->release, 1);
}

static void assert_child_can_end(hooked_store *self, bool closes_first) {
  int status = 0;
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    if (closes_first) ss_store_close(self->base.store);
    ss_store_free(self->base.store);
    _exit(0);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

static void a_child_does_not_wait_for_its_parents_close(void **state) {
  scan_stop of = {TEST_LATCH, TEST_LATCH};
  hooked_store *self = hooked_store_new();
  caller rotating;
  pthread_t closer;
  self->base.store->after_rotation_scan = stay_in_the_library;
  self->base.store->after_rotation_scan_context = &of;
  caller_start(&rotating, self, "rotate_keys", HOOK_CLOCK);
  test_latch_await(&of.inside, 1);
  assert_int_equal(pthread_create(&closer, NULL, close_it, self->base.store), 0);
  while (!store_is_closing(self->base.store)) (void)sched_yield();
  assert_child_can_end(self, false);
  assert_child_can_end(self, true);
  test_latch_open(&of.release);
  assert_int_equal(caller_join(&rotating), SS_CLOSED);
  (void)pthread_join(closer, NULL);
  hooked_store_remove(self);
}

static void a_child_does_not_wait_for_its_parents_callback(void **state) {
  meeting of = MEETING;
  hooked_store *self = hooked_store_new();
  caller inside;
  self->context = &of;
  hook_arm(self, HOOK_WRITE, stay_until_closed);
  caller_start(&inside, self, "export", HOOK_WRITE);
  test_latch_await(&of.inside, 1);
  assert_child_can_end(self, false);
  test_latch_open(&of.closed);
  assert_int_equal(caller_join(&inside), SS_OK);
  hooked_store_remove(self);
}

static void a_child_does_not_wait_for_its_parents_background_thread(void **state) {
  meeting of = MEETING;
  hooked_store *self = hooked_store_new();
  self->context = &of;
  open_with_background(self, HOOK_LOG, stay_until_closed);
  test_latch_await(&of.inside, 1);
  assert_child_can_end(self, true);
  test_latch_open(&of.closed);
  hooked_store_remove(self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_close_does_not_wait_for_a_callback_that_waits_for_it),
      cmocka_unit_test(a_free_does_not_wait_for_a_callback_that_waits_for_it),
      cmocka_unit_test(the_last_of_several_to_leave_releases),
      cmocka_unit_test(a_close_ends_a_wait_for_another_processs_lock),
      cmocka_unit_test(a_close_ends_a_wait_for_another_threads_write),
      cmocka_unit_test(a_close_ends_a_wait_for_a_reader),
      cmocka_unit_test(an_interrupt_ends_a_wait_for_another_threads_write),
      cmocka_unit_test(more_readers_than_there_are_wait_no_longer_than_the_timeout),
      cmocka_unit_test(several_threads_may_close_at_once),
      cmocka_unit_test(a_close_does_not_wait_for_the_background_threads_callback),
      cmocka_unit_test(a_free_does_not_wait_for_the_background_threads_callback),
      cmocka_unit_test(the_background_thread_itself_may_close_or_free),
      cmocka_unit_test(a_child_does_not_wait_for_its_parents_close),
      cmocka_unit_test(a_child_does_not_wait_for_its_parents_callback),
      cmocka_unit_test(a_child_does_not_wait_for_its_parents_background_thread),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
