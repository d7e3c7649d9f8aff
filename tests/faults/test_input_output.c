/* Full disks, failing disks, and locks that are held too long: each write and sync of a
 * put fails once in turn, or from there on. The call says so by its own code, and the
 * store is whole after. */
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "failing_files.h"
#include "support/support.h"

static ss_status put(ss_store *store, const char *name, const char *value, ss_error *error) {
  ss_put_request request;
  ss_put_request_init(&request);
  request.namespace_name = "n";
  request.name = name;
  request.value = value;
  request.value_length = strlen(value);
  return ss_put(store, &request, NULL, error);
}

/* Whether anything failed, and that what failed was told apart and harmed nothing. */
static bool fail_nth(long nth, int code, bool keep_failing, ss_status expected) {
  test_store self = test_store_prepare();
  ss_error error;
  self.durability = SS_DURABILITY_FULL;
  test_store_open(&self);
  assert_ok(put(self.store, "OLD", "before", &error), &error);
  failing_files_arm(nth, code, keep_failing);
  const ss_status status = put(self.store, "NEW", "value", &error);
  const bool failed = failing_files_disarm();
  if (failed) assert_fails(status, expected, &error);
  if (!failed) assert_ok(status, &error);
  assert_secret(self.store, "n", "OLD", "before");
  assert_ok(put(self.store, "NEXT", "after", &error), &error);
  test_store_close(&self);
  test_store_open(&self);
  assert_secret(self.store, "n", "OLD", "before");
  assert_secret(self.store, "n", "NEXT", "after");
  if (status == SS_OK) assert_secret(self.store, "n", "NEW", "value");
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
  return failed;
}

static void fail_each(int code, bool keep_failing, ss_status expected) {
  long nth = 0;
  while (fail_nth(nth, code, keep_failing, expected)) nth++;
  print_message("%ld writes and syncs failed in turn\n", nth);
  assert_true(nth > 5);
}

static void a_full_disk_is_storage_full(void **state) {
  fail_each(SQLITE_FULL, false, SS_STORAGE_FULL);
}
static void a_disk_that_stays_full_is_storage_full(void **state) {
  fail_each(SQLITE_FULL, true, SS_STORAGE_FULL);
}
static void a_failing_write_is_storage_failed(void **state) {
  fail_each(SQLITE_IOERR_WRITE, false, SS_STORAGE_FAILED);
}
static void a_failing_sync_is_storage_failed(void **state) {
  fail_each(SQLITE_IOERR_FSYNC, true, SS_STORAGE_FAILED);
}

/* The copy of a backup: every write of it fails in turn. */
static bool fail_backup(long nth) {
  test_store self = test_store_prepare();
  const char *path = test_path(&self.folder, "copy.db");
  ss_backup_request request;
  ss_error error;
  ss_backup_request_init(&request);
  request.path = path;
  test_store_open(&self);
  assert_ok(put(self.store, "A", "1", &error), &error);
  failing_files_arm(nth, SQLITE_FULL, true);
  const ss_status status = ss_backup(self.store, &request, NULL, &error);
  const bool failed = failing_files_disarm();
  if (failed) {
    assert_fails(status, SS_STORAGE_FULL, &error);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_ok(ss_backup(self.store, &request, NULL, &error), &error);
  } else {
    assert_ok(status, &error);
  }
  test_store_remove(&self);
  return failed;
}

static void a_backup_onto_a_full_disk_is_storage_full(void **state) {
  long nth = 0;
  while (fail_backup(nth)) nth++;
  print_message("%ld writes failed in turn\n", nth);
  assert_true(nth > 5);
}

/* ---- Locks --------------------------------------------------------------------------------- */

static test_store opened_with_timeout(int64_t timeout_ms) {
  test_store self = test_store_prepare();
  ss_options *options = test_store_options(&self);
  ss_error error;
  assert_ok(ss_options_set_busy_timeout_ms(options, timeout_ms, &error), &error);
  assert_ok(ss_store_open(options, &self.store, &error), &error);
  ss_options_free(options);
  return self;
}

static sqlite3 *lock_for_writing(const test_store *self) {
  sqlite3 *other = NULL;
  assert_int_equal(sqlite3_open(self->path, &other), SQLITE_OK);
  assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
  return other;
}

static void a_lock_held_too_long_is_storage_busy(void **state) {
  static const int64_t timeouts[] = {0, 50};
  for (size_t i = 0; i < 2; i++) {
    test_store self = opened_with_timeout(timeouts[i]);
    ss_error error;
    assert_ok(put(self.store, "A", "1", &error), &error);
    sqlite3 *other = lock_for_writing(&self);
    assert_fails(put(self.store, "A", "2", &error), SS_STORAGE_BUSY, &error);
    assert_secret(self.store, "n", "A", "1"); /* readers are not held up */
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    assert_ok(put(self.store, "A", "3", &error), &error);
    test_store_remove(&self);
  }
}

static void *unlock_soon(void *other) {
  (void)nanosleep(&(struct timespec){0, 100000000}, NULL);
  (void)sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
  return NULL;
}

static void a_lock_released_in_time_is_waited_for(void **state) {
  test_store self = opened_with_timeout(20000);
  pthread_t thread;
  ss_error error;
  assert_ok(put(self.store, "A", "1", &error), &error);
  sqlite3 *other = lock_for_writing(&self);
  assert_int_equal(pthread_create(&thread, NULL, unlock_soon, other), 0);
  assert_ok(put(self.store, "A", "2", &error), &error);
  (void)pthread_join(thread, NULL);
  assert_int_equal(sqlite3_close(other), SQLITE_OK);
  test_store_remove(&self);
}

/* ---- Damage -------------------------------------------------------------------------------- */

static void a_damaged_page_is_storage_corrupt(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  ss_get_request request;
  ss_get_result result;
  test_store_open(&self);
  assert_ok(put(self.store, "A", "1", &error), &error);
  const int64_t page =
      test_store_number(&self, "SELECT rootpage FROM sqlite_schema WHERE name = 'secret_by_name'");
  test_store_close(&self);
  FILE *file = fopen(self.path, "r+b");
  unsigned char garbage[4096];
  memset(garbage, 0xee, sizeof garbage);
  assert_non_null(file);
  assert_int_equal(fseek(file, (long)(page - 1) * 4096, SEEK_SET), 0);
  assert_int_equal(fwrite(garbage, 1, sizeof garbage, file), sizeof garbage);
  assert_int_equal(fclose(file), 0);
  test_store_open(&self);
  ss_get_request_init(&request);
  request.namespace_name = "n";
  request.name = "A";
  assert_fails(ss_get(self.store, &request, &result, &error), SS_STORAGE_CORRUPT, &error);
  assert_fails(put(self.store, "A", "2", &error), SS_STORAGE_CORRUPT, &error);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_full_disk_is_storage_full),
      cmocka_unit_test(a_disk_that_stays_full_is_storage_full),
      cmocka_unit_test(a_failing_write_is_storage_failed),
      cmocka_unit_test(a_failing_sync_is_storage_failed),
      cmocka_unit_test(a_backup_onto_a_full_disk_is_storage_full),
      cmocka_unit_test(a_lock_held_too_long_is_storage_busy),
      cmocka_unit_test(a_lock_released_in_time_is_waited_for),
      cmocka_unit_test(a_damaged_page_is_storage_corrupt),
  };
  failing_files_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
