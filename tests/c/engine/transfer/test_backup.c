/* Backup: a store of its own, consistent while others write, never over a file,
 * never half a file. */
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support/support.h"

static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
  assert_int_equal(fclose(file), 0);
}

static int count_files(const test_store *self) {
  DIR *folder = opendir(self->folder.path);
  int count = 0;
  assert_non_null(folder);
  while (readdir(folder) != NULL) count++;
  (void)closedir(folder);
  return count - 2; /* . and .. */
}

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
  struct stat information;
  const char *path = test_path(&self.folder, "copy.db");
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  test_put(self.store, NULL, "B", "2");
  test_backup(self.store, path);
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

static ss_status backup_status(ss_store *store, const char *path, bool overwrite, ss_error *error) {
  ss_backup_request request;
  ss_backup_request_init(&request);
  request.path = path;
  request.overwrite = overwrite;
  return ss_backup(store, &request, NULL, error);
}

static void a_backup_never_overwrites_unasked(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  test_store_open(&self);
  assert_int_equal(backup_status(self.store, self.path, false, &error), SS_STORAGE_FAILED);
  assert_int_equal(backup_status(self.store, "/nowhere/copy.db", false, &error), SS_STORAGE_FAILED);
  assert_int_equal(backup_status(self.store, NULL, false, &error), SS_INVALID_ARGUMENT);
  assert_int_equal(backup_status(self.store, "", false, &error), SS_INVALID_ARGUMENT);
  assert_fails(ss_backup(self.store, NULL, NULL, &error), SS_INVALID_ARGUMENT, &error);
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
  ss_backup_request request;
  ss_backup_request_init(&request);
  request.path = path;
  request.progress = stop_at_once;
  request.progress_context = &calls;
  test_store_open(&self);
  assert_ok(ss_backup(self.store, &request, &stopped, &error), &error);
  assert_true(stopped);
  assert_int_equal(calls, 1);
  test_store_close(&self);
  assert_int_equal(count_files(&self), 1);
  test_store_remove(&self);
}

static void a_backup_replaces_a_file_when_told_to(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  const char *path = test_path(&self.folder, "copy.db");
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  test_backup(self.store, path);
  test_put(self.store, "n", "A", "2");
  assert_ok(backup_status(self.store, path, true, &error), &error);
  test_store copy = opened_copy(&self, path);
  assert_secret(copy.store, "n", "A", "2");
  assert_verifies(copy.store);
  test_store_close(&copy);
  test_store_close(&self);
  assert_int_equal(count_files(&self), 2);
  test_store_remove(&self);
}

static void a_backup_never_replaces_an_open_store(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  const char *path = test_path(&self.folder, "copy.db");
  char link_path[192];
  (void)snprintf(link_path, sizeof link_path, "%s/link.db", self.folder.path);
  test_store_open(&self);
  test_backup(self.store, path);
  test_store copy = opened_copy(&self, path);
  test_put(copy.store, "n", "ONLY", "there");
  assert_int_equal(symlink(path, link_path), 0);
  assert_fails(backup_status(self.store, path, true, &error), SS_STORAGE_BUSY, &error);
  assert_fails(backup_status(self.store, link_path, true, &error), SS_STORAGE_BUSY, &error);
  assert_fails(backup_status(self.store, self.path, true, &error), SS_STORAGE_BUSY, &error);
  assert_secret(copy.store, "n", "ONLY", "there");
  test_store_close(&copy);
  test_store_remove(&self);
}

static void a_backup_never_lies_beside_the_log_of_another_store(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  const char *path = test_path(&self.folder, "copy.db");
  const char *log = test_path(&self.folder, "copy.db-wal");
  test_store_open(&self);
  write_file(log, "a log");
  assert_fails(backup_status(self.store, path, false, &error), SS_STORAGE_BUSY, &error);
  assert_non_null(strstr(error.message, "copy.db-wal"));
  /* Told to overwrite, it removes the log, which would be played back into the copy. */
  assert_ok(backup_status(self.store, path, true, &error), &error);
  assert_int_not_equal(access(log, F_OK), 0);
  test_store_remove(&self);
}

static void a_backup_takes_over_what_a_crash_left(void **state) {
  test_store self = test_store_prepare();
  const char *path = test_path(&self.folder, "copy.db");
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  write_file(test_path(&self.folder, "copy.db.secretstore-partial"), "half a backup");
  write_file(test_path(&self.folder, "copy.db.secretstore-partial-journal"), "half a journal");
  test_backup(self.store, path);
  test_store copy = opened_copy(&self, path);
  assert_secret(copy.store, "n", "A", "1");
  test_store_close(&copy);
  test_store_close(&self);
  assert_int_equal(count_files(&self), 2);
  test_store_remove(&self);
}

static void an_unfinished_backup_is_no_store(void **state) {
  test_store self = test_store_prepare();
  ss_store *store = NULL;
  ss_error error;
  const char *path = test_path(&self.folder, "copy.db.secretstore-partial");
  test_store_open(&self);
  test_backup(self.store, test_path(&self.folder, "copy.db"));
  assert_int_equal(rename(test_path(&self.folder, "copy.db"), path), 0);
  test_store copy = self;
  (void)snprintf(copy.path, sizeof copy.path, "%s", path);
  ss_options *options = test_store_options(&copy);
  assert_fails(ss_store_open(options, &store, &error), SS_STORAGE_CORRUPT, &error);
  assert_non_null(strstr(error.message, "never finished"));
  ss_options_free(options);
  test_store_remove(&self);
}

/* A page in the middle, overwritten: SQLite's check of the copy finds it. */
static void a_backup_of_a_damaged_file_leaves_nothing(void **state) {
  test_store self = test_store_prepare();
  unsigned char noise[4096];
  ss_error error;
  (void)memset(noise, 0xA5, sizeof noise);
  test_store_open(&self);
  for (int i = 0; i < 200; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "S%03d", i);
    test_put(self.store, "n", name, "a value of some length, so that there are pages");
  }
  test_store_close(&self);
  FILE *file = fopen(self.path, "r+b");
  assert_non_null(file);
  assert_int_equal(fseek(file, -3 * (long)sizeof noise, SEEK_END), 0);
  assert_int_equal(fwrite(noise, 1, sizeof noise, file), sizeof noise);
  assert_int_equal(fclose(file), 0);
  test_store_open(&self);
  assert_fails(backup_status(self.store, test_path(&self.folder, "copy.db"), false, &error),
               SS_STORAGE_CORRUPT, &error);
  test_store_close(&self);
  assert_int_equal(count_files(&self), 1);
  test_store_remove(&self);
}

/* Rows of an older state, or that do not authenticate, are not carried on unseen. */
static void a_tampered_store_is_copied_only_unverified(void **state) {
  test_store self = test_store_prepare();
  const char *path = test_path(&self.folder, "copy.db");
  ss_backup_request request;
  ss_error error;
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  test_store_sql(&self, "DELETE FROM secret");
  assert_fails(backup_status(self.store, path, false, &error), SS_INTEGRITY_VIOLATION, &error);
  assert_int_not_equal(access(path, F_OK), 0);
  ss_backup_request_init(&request);
  request.path = path;
  request.unverified = true;
  assert_ok(ss_backup(self.store, &request, NULL, &error), &error);
  assert_int_equal(access(path, F_OK), 0);
  test_store_remove(&self);
}

static void a_path_that_looks_like_a_uri_is_a_files_name(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  char before[512];
  assert_non_null(getcwd(before, sizeof before));
  assert_int_equal(chdir(self.folder.path), 0);
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  test_backup(self.store, "file:copy.db");
  assert_int_equal(access(test_path(&self.folder, "file:copy.db"), F_OK), 0);
  assert_int_not_equal(access(test_path(&self.folder, "copy.db"), F_OK), 0);
  assert_fails(backup_status(self.store, "file:copy.db?mode=memory", false, &error), SS_OK, &error);
  test_store copy = opened_copy(&self, "file:copy.db?mode=memory");
  test_put(copy.store, "n", "B", "2");
  test_store_close(&copy);
  copy = opened_copy(&self, test_path(&self.folder, "file:copy.db?mode=memory"));
  assert_secret(copy.store, "n", "B", "2");
  test_store_close(&copy);
  assert_int_equal(chdir(before), 0);
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
    test_backup(self.store, path);
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
  (void)snprintf(self.path, sizeof self.path, ":memory:");
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  test_backup(self.store, path);
  test_store copy = opened_copy(&self, path);
  assert_secret(copy.store, "n", "A", "1");
  test_store_close(&copy);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_backup_is_a_store_with_everything_in_it),
      cmocka_unit_test(a_backup_never_overwrites_unasked),
      cmocka_unit_test(a_backup_replaces_a_file_when_told_to),
      cmocka_unit_test(a_backup_never_replaces_an_open_store),
      cmocka_unit_test(a_backup_never_lies_beside_the_log_of_another_store),
      cmocka_unit_test(a_backup_takes_over_what_a_crash_left),
      cmocka_unit_test(an_unfinished_backup_is_no_store),
      cmocka_unit_test(a_backup_of_a_damaged_file_leaves_nothing),
      cmocka_unit_test(a_tampered_store_is_copied_only_unverified),
      cmocka_unit_test(a_path_that_looks_like_a_uri_is_a_files_name),
      cmocka_unit_test(a_stopped_backup_leaves_no_file),
      cmocka_unit_test(a_backup_is_consistent_while_others_write),
      cmocka_unit_test(a_store_in_memory_can_be_backed_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
