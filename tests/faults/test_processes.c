/* Several processes on one store, processes that fork, and processes that are killed. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/support.h"

enum { PROCESSES = 4, THREADS = 2, COUNTERS = 2, RUN_SECONDS = 3, KILLS = 25 };

/* What processes tell each other: in shared memory, which outlives a killed one. */
typedef struct shared_counts {
  atomic_long increments[COUNTERS];
  atomic_long failures;
  atomic_long acknowledged;
  atomic_long ready;
} shared_counts;

static shared_counts *shared_counts_new(void) {
  shared_counts *shared =
      mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  assert_true(shared != MAP_FAILED);
  return shared;
}

static ss_status put_if(ss_store *store, const char *name, const char *value, int64_t if_revision,
                        ss_error *error) {
  ss_put_request request;
  ss_put_request_init(&request);
  request.namespace_name = "shared";
  request.name = name;
  request.value = value;
  request.value_length = strlen(value);
  request.if_revision = if_revision;
  return ss_put(store, &request, NULL, error);
}

static int64_t revision_of(ss_store *store, const char *name) {
  ss_get_request request;
  ss_get_result result;
  ss_get_request_init(&request);
  request.namespace_name = "shared";
  request.name = name;
  const ss_status status = ss_get(store, &request, &result, NULL);
  const int64_t revision = status == SS_OK ? result.revision : -1;
  ss_get_result_clear(&result);
  return revision;
}

/* ---- Several processes --------------------------------------------------------------------- */

typedef struct incrementer {
  ss_store *store;
  shared_counts *shared;
  double seconds;
} incrementer;

static void increment(incrementer *of, int counter) {
  char name[32];
  ss_error error;
  (void)snprintf(name, sizeof name, "C%d", counter);
  const int64_t revision = revision_of(of->store, name);
  const ss_status status = put_if(of->store, name, "value", revision, &error);
  if (status == SS_OK) atomic_fetch_add(&of->shared->increments[counter], 1);
  if (revision < 0 || (status != SS_OK && status != SS_CONFLICT)) {
    (void)fprintf(stderr, "put: %s\n", error.message);
    atomic_fetch_add(&of->shared->failures, 1);
  }
  ss_list_request list;
  ss_secret_page page;
  ss_list_request_init(&list);
  list.namespace_name = "shared";
  if (ss_list(of->store, &list, &page, &error) != SS_OK) atomic_fetch_add(&of->shared->failures, 1);
  ss_secret_page_clear(&page);
}

static void *increment_for_a_while(void *context) {
  incrementer *of = context;
  const time_t end = time(NULL) + RUN_SECONDS;
  for (int i = 0; time(NULL) < end; i++) increment(of, i % COUNTERS);
  return NULL;
}

static void run_process(test_store *self, shared_counts *shared) {
  pthread_t threads[THREADS];
  test_store_open(self);
  incrementer of = {.store = self->store, .shared = shared};
  for (int i = 0; i < THREADS; i++) {
    (void)pthread_create(&threads[i], NULL, increment_for_a_while, &of);
  }
  for (int i = 0; i < THREADS; i++) (void)pthread_join(threads[i], NULL);
  test_store_close(self);
}

static void four_processes_lose_no_update_and_break_no_chain(void **state) {
  test_store self = test_store_prepare();
  shared_counts *shared = shared_counts_new();
  pid_t children[PROCESSES];
  for (int i = 0; i < PROCESSES; i++) {
    children[i] = fork();
    if (children[i] == 0) {
      run_process(&self, shared);
      _exit(0);
    }
  }
  for (int i = 0; i < PROCESSES; i++) {
    int status = 0;
    assert_int_equal(waitpid(children[i], &status, 0), children[i]);
    assert_int_equal(status, 0);
  }
  test_store_open(&self);
  assert_int_equal(atomic_load(&shared->failures), 0);
  for (int i = 0; i < COUNTERS; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "C%d", i);
    assert_int_equal(revision_of(self.store, name), atomic_load(&shared->increments[i]));
    assert_true(atomic_load(&shared->increments[i]) > 0);
  }
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

/* ---- fork() -------------------------------------------------------------------------------- */

static void exit_unless(bool condition, int code) {
  if (!condition) _exit(code);
}

static void use_in_child(ss_store *store) {
  ss_error error;
  exit_unless(revision_of(store, "A") == 1, 2);
  for (int i = 0; i < 50; i++) exit_unless(put_if(store, "A", "child", -1, &error) == SS_OK, 3);
  exit_unless(put_if(store, "FROM_CHILD", "x", 0, &error) == SS_OK, 4);
  ss_store_free(store);
  _exit(0);
}

static void a_child_and_its_parent_go_on_using_a_store(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  int status = 0;
  test_store_open(&self);
  assert_ok(put_if(self.store, "A", "parent", 0, &error), &error);
  assert_int_equal(revision_of(self.store, "A"), 1);
  const pid_t child = fork();
  if (child == 0) use_in_child(self.store);
  for (int i = 0; i < 50; i++) {
    assert_ok(put_if(self.store, "B", "parent", -1, &error), &error);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(WEXITSTATUS(status), 0);
  assert_int_equal(revision_of(self.store, "A"), 51);
  assert_int_equal(revision_of(self.store, "B"), 50);
  assert_int_equal(revision_of(self.store, "FROM_CHILD"), 1);
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

/* The child must really hold the file: the parent's close may not take its log away. */
static void a_child_keeps_its_writes_when_the_parent_closes_first(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  int status = 0;
  int gate[2];
  assert_int_equal(pipe(gate), 0);
  test_store_open(&self);
  assert_ok(put_if(self.store, "A", "parent", 0, &error), &error);
  const pid_t child = fork();
  if (child == 0) {
    char byte = 0;
    exit_unless(put_if(self.store, "A", "child", 1, &error) == SS_OK, 2);
    exit_unless(read(gate[0], &byte, 1) == 1, 3);
    exit_unless(put_if(self.store, "A", "after", 2, &error) == SS_OK, 4);
    _exit(0); /* without closing, as a crash would */
  }
  while (revision_of(self.store, "A") == 1) (void)nanosleep(&(struct timespec){0, 1000000}, NULL);
  test_store_close(&self);
  assert_int_equal(write(gate[1], "x", 1), 1);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(WEXITSTATUS(status), 0);
  test_store_open(&self);
  assert_int_equal(revision_of(self.store, "A"), 3);
  assert_true(test_store_is_intact(self.store));
  (void)close(gate[0]);
  (void)close(gate[1]);
  test_store_remove(&self);
}

/* A clock that keeps a thread inside a call. */
typedef struct stuck_clock {
  atomic_bool inside;
  atomic_bool release;
  atomic_bool stick;
} stuck_clock;

static int64_t read_stuck_clock(void *context) {
  stuck_clock *clock = context;
  if (atomic_load(&clock->stick)) {
    atomic_store(&clock->inside, true);
    while (!atomic_load(&clock->release)) (void)nanosleep(&(struct timespec){0, 1000000}, NULL);
  }
  return TEST_NOW;
}

static void *put_slowly(void *store) {
  ss_error error;
  (void)put_if(store, "A", "slow", -1, &error);
  return NULL;
}

static void a_child_of_an_unlucky_fork_is_told_so(void **state) {
  test_store self = test_store_prepare();
  stuck_clock clock = {0};
  ss_error error;
  pthread_t thread;
  int status = 0;
  ss_options *options = test_store_options(&self);
  assert_ok(ss_options_set_clock(options, read_stuck_clock, &clock, &error), &error);
  assert_ok(ss_store_open(options, &self.store, &error), &error);
  ss_options_free(options);
  atomic_store(&clock.stick, true);
  assert_int_equal(pthread_create(&thread, NULL, put_slowly, self.store), 0);
  while (!atomic_load(&clock.inside)) (void)nanosleep(&(struct timespec){0, 1000000}, NULL);
  const pid_t child = fork();
  if (child == 0) {
    atomic_store(&clock.stick, false);
    const ss_status refused = put_if(self.store, "B", "x", -1, &error);
    exit_unless(refused == SS_UNSUPPORTED && strstr(error.message, "fork") != NULL, 2);
    ss_store_free(self.store); /* must not hang either */
    _exit(0);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(WEXITSTATUS(status), 0);
  atomic_store(&clock.release, true);
  (void)pthread_join(thread, NULL);
  assert_secret(self.store, "shared", "A", "slow");
  test_store_remove(&self);
}

/* ---- kill -9 ------------------------------------------------------------------------------- */

/* Puts N000000, N000001 ... and acknowledges each after the call returned. */
static void put_until_killed(test_store *self, shared_counts *shared) {
  test_store_open(self);
  for (;;) {
    char name[32];
    const long next = atomic_load(&shared->acknowledged);
    (void)snprintf(name, sizeof name, "N%06ld", next);
    if (put_if(self->store, name, name, -1, NULL) != SS_OK) _exit(1);
    atomic_store(&shared->acknowledged, next + 1);
    atomic_store(&shared->ready, 1);
  }
}

static void check_after_kill(test_store *self, long acknowledged) {
  assert_int_equal(test_store_number(self,
                                     "SELECT count(*) FROM pragma_integrity_check"
                                     " WHERE integrity_check <> 'ok'"),
                   0);
  test_store_open(self);
  for (long i = 0; i < acknowledged; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "N%06ld", i);
    assert_secret(self->store, "shared", name, name);
  }
  assert_true(test_store_is_intact(self->store));
  test_store_close(self);
}

static void no_acknowledged_put_is_lost_to_kill_9(void **state) {
  test_store self = test_store_prepare();
  shared_counts *shared = shared_counts_new();
  unsigned int seed = 42;
  self.durability = SS_DURABILITY_FULL;
  for (int i = 0; i < KILLS; i++) {
    int status = 0;
    atomic_store(&shared->ready, 0);
    const pid_t child = fork();
    if (child == 0) put_until_killed(&self, shared);
    while (atomic_load(&shared->ready) == 0) (void)nanosleep(&(struct timespec){0, 200000}, NULL);
    (void)nanosleep(&(struct timespec){0, (long)(rand_r(&seed) % 30) * 1000000}, NULL);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    check_after_kill(&self, atomic_load(&shared->acknowledged));
  }
  assert_true(atomic_load(&shared->acknowledged) >= KILLS);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(four_processes_lose_no_update_and_break_no_chain),
      cmocka_unit_test(a_child_and_its_parent_go_on_using_a_store),
      cmocka_unit_test(a_child_keeps_its_writes_when_the_parent_closes_first),
      cmocka_unit_test(a_child_of_an_unlucky_fork_is_told_so),
      cmocka_unit_test(no_acknowledged_put_is_lost_to_kill_9),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
