/* Long runs that prove what short tests cannot: rotation of many rows under load, a million rows,
 * and hours of mixed use with maintenance on. Run by script/soak; prints what it measured. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "support/support.h"

enum { BATCH = 1000, NAMESPACES = 50, VALUE_BYTES = 256, READERS = 2, WRITERS = 2 };

typedef struct load {
  ss_store *store;
  int rows;
  atomic_bool stop;
  atomic_bool failed;
  atomic_long reads;
  atomic_long writes;
  atomic_long conflicts;
} load;

static double seconds(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static long resident_kib(void) {
  struct rusage usage;
  (void)getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

static void name_row(int row, char namespace_name[24], char name[24]) {
  (void)snprintf(namespace_name, 24, "namespace-%d", row % NAMESPACES);
  (void)snprintf(name, 24, "secret-%d", row);
}

static void fill(test_store *self, int rows) {
  static ss_put_request requests[BATCH];
  static char namespaces[BATCH][24];
  static char names[BATCH][24];
  static const char value[VALUE_BYTES] = {'v'};
  ss_error error;
  for (int first = 0; first < rows; first += BATCH) {
    const int count = rows - first < BATCH ? rows - first : BATCH;
    for (int i = 0; i < count; i++) {
      name_row(first + i, namespaces[i], names[i]);
      ss_put_request_init(&requests[i]);
      requests[i].namespace_name = namespaces[i];
      requests[i].name = names[i];
      requests[i].value = value;
      requests[i].value_length = sizeof value;
    }
    assert_ok(ss_put_batch(self->store, requests, (size_t)count, NULL, &error), &error);
  }
}

/* ---- Load ---------------------------------------------------------------------------------- */

static void *read_rows(void *context) {
  load *of = context;
  unsigned int seed = (unsigned int)(uintptr_t)&of ^ (unsigned int)time(NULL);
  while (!atomic_load(&of->stop)) {
    char namespace_name[24];
    char name[24];
    ss_get_request request;
    ss_get_result result;
    ss_error error;
    name_row(rand_r(&seed) % of->rows, namespace_name, name);
    ss_get_request_init(&request);
    request.namespace_name = namespace_name;
    request.name = name;
    if (ss_get_or_throw(of->store, &request, &result, &error) != SS_OK) {
      print_error("a read failed: %s\n", error.message);
      atomic_store(&of->failed, true);
      return NULL;
    }
    ss_get_result_clear(&result);
    atomic_fetch_add(&of->reads, 1);
  }
  return NULL;
}

/* Increments counters by compare-and-swap: the sum of what was acknowledged must be there at the
 * end. A writer has rows of its own kind, "counter-0" to "counter-9". */
static void *increment_counters(void *context) {
  load *of = context;
  unsigned int seed = (unsigned int)(uintptr_t)&of;
  while (!atomic_load(&of->stop)) {
    char name[24];
    char value[24];
    ss_get_request get;
    ss_get_result result;
    ss_put_request put;
    ss_error error;
    (void)snprintf(name, sizeof name, "counter-%d", rand_r(&seed) % 10);
    ss_get_request_init(&get);
    get.name = name;
    if (ss_get(of->store, &get, &result, &error) != SS_OK) break;
    const long count = result.reason == SS_OK ? strtol((const char *)result.value, NULL, 10) : 0;
    (void)snprintf(value, sizeof value, "%ld", count + 1);
    ss_put_request_init(&put);
    put.name = name;
    put.value = value;
    put.value_length = strlen(value);
    put.if_revision = result.reason == SS_OK ? result.revision : 0;
    ss_get_result_clear(&result);
    const ss_status status = ss_put(of->store, &put, NULL, &error);
    if (status == SS_OK) {
      atomic_fetch_add(&of->writes, 1);
    } else if (status == SS_CONFLICT) {
      atomic_fetch_add(&of->conflicts, 1);
    } else {
      print_error("a write failed: %s\n", error.message);
      atomic_store(&of->failed, true);
      return NULL;
    }
  }
  return NULL;
}

static void start_load(load *of, pthread_t threads[READERS + WRITERS]) {
  for (int i = 0; i < READERS + WRITERS; i++) {
    assert_int_equal(
        pthread_create(&threads[i], NULL, i < READERS ? read_rows : increment_counters, of), 0);
  }
}

static void stop_load(load *of, const pthread_t threads[READERS + WRITERS]) {
  atomic_store(&of->stop, true);
  for (int i = 0; i < READERS + WRITERS; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
  assert_false(atomic_load(&of->failed));
  print_message("  beside it: %ld reads, %ld writes, %ld conflicts\n", atomic_load(&of->reads),
                atomic_load(&of->writes), atomic_load(&of->conflicts));
}

static void assert_no_update_lost(load *of) {
  long sum = 0;
  for (int i = 0; i < 10; i++) {
    char name[24];
    ss_get_request request;
    ss_get_result result;
    ss_error error;
    (void)snprintf(name, sizeof name, "counter-%d", i);
    ss_get_request_init(&request);
    request.name = name;
    assert_ok(ss_get_or_throw(of->store, &request, &result, &error), &error);
    sum += strtol((const char *)result.value, NULL, 10);
    ss_get_result_clear(&result);
  }
  assert_int_equal(sum, atomic_load(&of->writes));
}

static void assert_verifies(ss_store *store, int64_t rows) {
  ss_verify_report report;
  ss_error error;
  const double begin = seconds();
  assert_ok(ss_verify(store, NULL, &report, &error), &error);
  if (!report.is_intact) print_error("%s\n", report.faults[0].message);
  assert_true(report.is_intact);
  assert_true(report.rows_checked >= rows);
  print_message("  verified %lld events and %lld rows in %.1f s\n",
                (long long)report.events_checked, (long long)report.rows_checked,
                seconds() - begin);
  ss_verify_report_clear(&report);
}

/* ---- The runs ------------------------------------------------------------------------------ */

static int number_from(const char *variable, int otherwise) {
  const char *text = getenv(variable);
  return text == NULL ? otherwise : (int)strtol(text, NULL, 10);
}

static void many_rows_are_rotated_under_load(void **state) {
  load of = {.rows = number_from("SOAK_ROTATED_ROWS", 50000)};
  test_store self = test_store_prepare();
  pthread_t threads[READERS + WRITERS];
  ss_rotate_all_result result;
  ss_error error;
  self.durability = SS_DURABILITY_NORMAL;
  test_store_open(&self);
  fill(&self, of.rows);
  test_store_sql(&self, "CREATE TABLE aside.before AS SELECT id, iv, value FROM secret");
  test_store_reopen_with(&self, 2, 1);
  of.store = self.store;
  start_load(&of, threads);
  const double begin = seconds();
  assert_ok(ss_rotate_all(self.store, NULL, NULL, NULL, &result, &error), &error);
  const double elapsed = seconds() - begin;
  stop_load(&of, threads);
  print_message("  rotated %lld rows in %.1f s\n", (long long)result.rotated, elapsed);
  assert_true(result.is_done);
  assert_int_equal(result.failed, 0);
  assert_int_equal(test_store_number(&self, "SELECT count(*) FROM secret WHERE key_version = 1"),
                   0);
  assert_int_equal(
      test_store_number(&self,
                        "SELECT count(*) FROM secret JOIN before USING (id)"
                        " WHERE secret.value = before.value AND secret.iv = before.iv"),
      of.rows);
  assert_int_equal(test_store_number(&self, "SELECT count(*) FROM event WHERE type = 4"),
                   result.rotated);
  test_store_reopen_with(&self, 2, -1);
  of.store = self.store;
  assert_no_update_lost(&of);
  assert_verifies(self.store, of.rows);
  test_store_remove(&self);
}

static void a_million_rows(void **state) {
  const int rows = number_from("SOAK_ROWS", 1000000);
  test_store self = test_store_prepare();
  load of = {.rows = rows};
  pthread_t threads[READERS + WRITERS];
  self.durability = SS_DURABILITY_NORMAL;
  test_store_open(&self);
  double begin = seconds();
  fill(&self, rows);
  print_message("  put %d rows in %.1f s\n", rows, seconds() - begin);
  const long before_kib = resident_kib();
  assert_verifies(self.store, rows);
  print_message("  memory grew by %ld KiB while verifying\n", resident_kib() - before_kib);
  of.store = self.store;
  start_load(&of, threads);
  struct timespec pause = {10, 0};
  (void)nanosleep(&pause, NULL);
  stop_load(&of, threads);
  test_store_remove(&self);
}

/* Short lives, so that cleanup and pruning have work all the time. */
static void hours_with_maintenance(void **state) {
  const int minutes = number_from("SOAK_MINUTES", 5);
  test_store self = test_store_prepare();
  load of = {.rows = 1000};
  pthread_t threads[READERS + WRITERS];
  ss_options *options = test_store_options(&self);
  ss_error error;
  assert_ok(ss_options_set_clock(options, NULL, NULL, &error), &error);
  assert_ok(ss_options_set_maintenance(options, true, 1000, &error), &error);
  assert_ok(ss_options_set_retention_ms(options, 1000, 5000, &error), &error);
  assert_ok(ss_options_set_durability(options, SS_DURABILITY_NORMAL, &error), &error);
  assert_ok(ss_store_open(options, &self.store, &error), &error);
  ss_options_free(options);
  fill(&self, of.rows);
  of.store = self.store;
  start_load(&of, threads);
  long first_kib = 0;
  for (int second = 0; second < 60 * minutes; second++) {
    struct timespec pause = {1, 0};
    (void)nanosleep(&pause, NULL);
    for (int i = 0; i < 20; i++) {
      char name[24];
      ss_put_request request;
      (void)snprintf(name, sizeof name, "short-%d", i);
      ss_put_request_init(&request);
      request.namespace_name = "short lives";
      request.name = name;
      request.ttl = SS_SET;
      request.ttl_ms = 100;
      assert_ok(ss_put(self.store, &request, NULL, &error), &error);
    }
    if (second == 20) first_kib = resident_kib();
  }
  stop_load(&of, threads);
  print_message("  memory grew by %ld KiB after the first 20 s\n", resident_kib() - first_kib);
  assert_no_update_lost(&of);
  assert_verifies(self.store, of.rows);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(many_rows_are_rotated_under_load),
      cmocka_unit_test(hours_with_maintenance),
      cmocka_unit_test(a_million_rows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
