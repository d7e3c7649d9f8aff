/* Backup: a store of its own, consistent while others write, never over a file, never half a file.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support/support.h"

/* The same keys on another file of the same folder. */
static test_store opened_copy(const test_store *original, const char *path) {
  test_store copy = *original;
  copy.store = NULL;
  (void)snprintf(copy.path, sizeof copy.path, "%s", path);
  test_store_open(&copy);
  return copy;
}

static void assert_verifies(ss_store *store) {
  ss_verify_report report;
  ss_error error;
  assert_ok(ss_verify(store, NULL, &report, &error), &error);
  assert_true(report.is_intact);
  ss_verify_report_clear(&report);
}

static void a_backup_is_a_store_with_everything_in_it(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  struct stat information;
  const char *path = test_path(&self.folder, "copy.db");
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  test_put(self.store, NULL, "B", "2");
  assert_ok(ss_backup(self.store, path, NULL, NULL, NULL, &error), &error);
  test_put(self.store, "n", "A", "after");
  assert_int_equal(stat(path, &information), 0);
  assert_int_equal(information.st_mode & 07777, 0600);
  test_store copy = opened_copy(&self, path);
  assert_secret(copy.store, "n", "A", "1");
  assert_secret(copy.store, NULL, "B", "2");
  assert_verifies(copy.store);
  test_put(copy.store, "n", "A", "written in the copy");
  assert_verifies(copy.store);
  test_store_close(&copy);
  assert_secret(self.store, "n", "A", "after");
  test_store_remove(&self);
}

static void a_backup_never_overwrites(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  test_store_open(&self);
  assert_fails(ss_backup(self.store, self.path, NULL, NULL, NULL, &error), SS_STORAGE_FAILED,
               &error);
  assert_fails(ss_backup(self.store, "/nowhere/copy.db", NULL, NULL, NULL, &error),
               SS_STORAGE_FAILED, &error);
  assert_fails(ss_backup(self.store, NULL, NULL, NULL, NULL, &error), SS_INVALID_ARGUMENT, &error);
  assert_fails(ss_backup(self.store, "", NULL, NULL, NULL, &error), SS_INVALID_ARGUMENT, &error);
  test_put(self.store, NULL, "STILL", "works");
  test_store_remove(&self);
}

static bool stop_at_once(void *context, int64_t done, int64_t total) {
  int *calls = context;
  assert_true(done <= total);
  (*calls)++;
  return false;
}

static void a_stopped_backup_leaves_no_file(void **state) {
  test_store self = test_store_prepare();
  const char *path = test_path(&self.folder, "copy.db");
  ss_error error;
  bool stopped = false;
  int calls = 0;
  test_store_open(&self);
  assert_ok(ss_backup(self.store, path, stop_at_once, &calls, &stopped, &error), &error);
  assert_true(stopped);
  assert_int_equal(calls, 1);
  assert_int_not_equal(access(path, F_OK), 0);
  test_store_remove(&self);
}

typedef struct writer {
  ss_store *store;
  atomic_bool stop;
  atomic_long puts;
} writer;

static void *write_pairs(void *context) {
  writer *of = context;
  for (long i = 0; !atomic_load(&of->stop); i++) {
    char value[32];
    (void)snprintf(value, sizeof value, "%ld", i);
    test_put(of->store, "n", i % 2 == 0 ? "EVEN" : "ODD", value);
    atomic_fetch_add(&of->puts, 1);
  }
  return NULL;
}

static void a_backup_is_consistent_while_others_write(void **state) {
  test_store self = test_store_prepare();
  pthread_t thread;
  ss_error error;
  test_store_open(&self);
  for (int i = 0; i < 300; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "S%03d", i);
    test_put(self.store, "n", name, name);
  }
  writer of = {.store = self.store};
  assert_int_equal(pthread_create(&thread, NULL, write_pairs, &of), 0);
  for (int i = 0; i < 5; i++) {
    char file[32];
    (void)snprintf(file, sizeof file, "copy%d.db", i);
    const long before = atomic_load(&of.puts);
    while (atomic_load(&of.puts) < before + 10)
      (void)nanosleep(&(struct timespec){0, 100000}, NULL);
    const char *path = test_path(&self.folder, file);
    assert_ok(ss_backup(self.store, path, NULL, NULL, NULL, &error), &error);
    test_store copy = opened_copy(&self, path);
    assert_verifies(copy.store);
    test_store_close(&copy);
  }
  atomic_store(&of.stop, true);
  (void)pthread_join(thread, NULL);
  test_store_remove(&self);
}

static void a_store_in_memory_can_be_backed_up(void **state) {
  test_store self = test_store_prepare();
  const char *path = test_path(&self.folder, "copy.db");
  ss_error error;
  (void)snprintf(self.path, sizeof self.path, ":memory:");
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  assert_ok(ss_backup(self.store, path, NULL, NULL, NULL, &error), &error);
  test_store copy = opened_copy(&self, path);
  assert_secret(copy.store, "n", "A", "1");
  test_store_close(&copy);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_backup_is_a_store_with_everything_in_it),
      cmocka_unit_test(a_backup_never_overwrites),
      cmocka_unit_test(a_stopped_backup_leaves_no_file),
      cmocka_unit_test(a_backup_is_consistent_while_others_write),
      cmocka_unit_test(a_store_in_memory_can_be_backed_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
