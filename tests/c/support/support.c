/* The shared parts of C tests. */
#include "support/support.h"

#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "engine/store/store.h"

/* ---- Assertions ---------------------------------------------------------------------------- */

void support_check(ss_status status, ss_status expected, const ss_error *error, const char *call,
                   const char *file, int line) {
  if (status == expected) return;
  print_error("%s:\n  expected %s, got %s%s%s\n", call, ss_status_name(expected),
              ss_status_name(status), status == SS_OK ? "" : ": ",
              status == SS_OK || error == NULL ? "" : error->message);
  _fail(file, line);
}

/* ---- Places and times ---------------------------------------------------------------------- */

test_folder test_folder_new(void) {
  test_folder folder = {.path = "/tmp/secretstore-test-XXXXXX"};
  assert_non_null(mkdtemp(folder.path));
  return folder;
}

static int remove_entry(const char *path, const struct stat *information, int kind,
                        struct FTW *walk) {
  (void)information, (void)kind, (void)walk;
  return remove(path);
}

void test_folder_remove(test_folder *folder) {
  (void)nftw(folder->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

int test_folder_set_up(void **state) {
  static test_folder folder;
  folder = test_folder_new();
  *state = &folder;
  return 0;
}

int test_folder_tear_down(void **state) {
  test_folder_remove(*state);
  return 0;
}

const char *test_path(const test_folder *folder, const char *name) {
  static char paths[4][512];
  static unsigned int next = 0;
  char *path = paths[next++ % 4];
  (void)snprintf(path, sizeof paths[0], "%s/%s", folder->path, name);
  return path;
}

int64_t test_clock_read(void *clock) {
  return __atomic_load_n(&((test_clock *)clock)->now_ms, __ATOMIC_RELAXED);
}

/* ---- Latches ------------------------------------------------------------------------------- */

void test_latch_open(void *latch) {
  test_latch *self = latch;
  (void)pthread_mutex_lock(&self->lock);
  self->count++;
  (void)pthread_cond_broadcast(&self->opened);
  (void)pthread_mutex_unlock(&self->lock);
}

void test_latch_await(test_latch *self, int count) {
  (void)pthread_mutex_lock(&self->lock);
  while (self->count < count) (void)pthread_cond_wait(&self->opened, &self->lock);
  (void)pthread_mutex_unlock(&self->lock);
}

/* ---- Stores -------------------------------------------------------------------------------- */

const char *test_key(int64_t version) {
  static char texts[4][64];
  static unsigned int next = 0;
  char *text = texts[next++ % 4];
  unsigned char bytes[SS_KEY_BYTES];
  byte_buffer encoded = {0};
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (unsigned char)(version * 31 + (int64_t)i * 7 + 1);
  base64_encode(BASE64_STANDARD, bytes, sizeof bytes, &encoded);
  (void)snprintf(text, sizeof texts[0], "%.*s", (int)encoded.length, (const char *)encoded.data);
  buffer_clear(&encoded);
  return text;
}

test_store test_store_prepare(void) {
  test_store made = {
      .folder = test_folder_new(),
      .clock = calloc(1, sizeof(test_clock)),
      .keys = {1, -1, -1, -1},
      .durability = SS_DURABILITY_NORMAL,
  };
  assert_non_null(made.clock);
  made.clock->now_ms = TEST_NOW;
  (void)snprintf(made.path, sizeof made.path, "%s", test_path(&made.folder, "store.db"));
  return made;
}

ss_options *test_store_options(const test_store *self) {
  ss_options *options = NULL;
  ss_error error;
  assert_ok(ss_options_new(self->path, &options, &error), &error);
  for (size_t i = 0; i < 4 && self->keys[i] >= 0; i++) {
    assert_ok(ss_options_add_key(options, self->keys[i], test_key(self->keys[i]), &error), &error);
  }
  assert_ok(ss_options_set_durability(options, self->durability, &error), &error);
  assert_ok(ss_options_set_clock(options, test_clock_read, self->clock, &error), &error);
  /* Tests do not wait for a day. */
  assert_ok(ss_options_set_drain_after_ms(options, 0, &error), &error);
  return options;
}

void test_store_open(test_store *self) {
  ss_error error;
  ss_options *options = test_store_options(self);
  const ss_status status = ss_store_open(options, &self->store, &error);
  ss_options_free(options);
  assert_ok(status, &error);
}

void test_store_close(test_store *self) {
  ss_store_free(self->store);
  self->store = NULL;
}

void test_store_reopen_with(test_store *self, int64_t first, int64_t second) {
  test_store_close(self);
  self->keys[0] = first;
  self->keys[1] = second;
  self->keys[2] = -1;
  test_store_open(self);
}

void test_store_remove(test_store *self) {
  test_store_close(self);
  test_folder_remove(&self->folder);
  free(self->clock);
}

/* A database beside the store, for what SQL keeps until later: "aside". */
static void attach_aside(const test_store *self, sqlite3 *database, const char *sql) {
  char path[224];
  (void)snprintf(path, sizeof path, "%s.aside", self->path);
  if (strstr(sql, "aside.") == NULL && access(path, F_OK) != 0) return;
  char *attach = sqlite3_mprintf("ATTACH %Q AS aside", path);
  assert_int_equal(sqlite3_exec(database, attach, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_free(attach);
}

void test_store_sql(const test_store *self, const char *sql) {
  sqlite3 *database = NULL;
  char *message = NULL;
  assert_int_equal(sqlite3_open(self->path, &database), SQLITE_OK);
  (void)sqlite3_busy_timeout(database, 5000);
  attach_aside(self, database, sql);
  if (sqlite3_exec(database, sql, NULL, NULL, &message) != SQLITE_OK)
    fail_msg("%s: %s", sql, message);
  assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

int64_t test_store_number(const test_store *self, const char *sql) {
  sqlite3 *database = NULL;
  sqlite3_stmt *statement = NULL;
  assert_int_equal(sqlite3_open(self->path, &database), SQLITE_OK);
  attach_aside(self, database, sql);
  assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  const int64_t number = sqlite3_column_int64(statement, 0);
  (void)sqlite3_finalize(statement);
  (void)sqlite3_close(database);
  return number;
}

void test_allow_pruning(ss_store *store) {
  ss_settings_request request;
  ss_error error;
  ss_settings_request_init(&request);
  request.events_min_retention = SS_SET;
  assert_ok(ss_change_store_settings(store, &request, NULL, &error), &error);
}

ss_put_result test_put(ss_store *store, const char *namespace_name, const char *name,
                       const char *value) {
  ss_put_request request;
  ss_put_result result;
  ss_error error;
  ss_put_request_init(&request);
  request.namespace_name = namespace_name;
  request.name = name;
  request.value = value;
  request.value_length = strlen(value);
  assert_ok(ss_put(store, &request, &result, &error), &error);
  return result;
}

void test_backup(ss_store *store, const char *path) {
  ss_backup_request request;
  ss_error error;
  ss_backup_request_init(&request);
  request.path = path;
  assert_ok(ss_backup(store, &request, NULL, &error), &error);
}

static ss_status load(ss_store *store, const char *namespace_name, const char *name,
                      ss_get_result *result, ss_error *error) {
  ss_get_request request;
  ss_get_request_init(&request);
  request.namespace_name = namespace_name;
  request.name = name;
  return ss_get_or_throw(store, &request, result, error);
}

ss_status test_get_status(ss_store *store, const char *namespace_name, const char *name) {
  ss_get_result result;
  ss_error error;
  const ss_status status = load(store, namespace_name, name, &result, &error);
  ss_get_result_clear(&result);
  return status;
}

void assert_secret(ss_store *store, const char *namespace_name, const char *name,
                   const char *value) {
  ss_get_result result;
  ss_error error;
  assert_ok(load(store, namespace_name, name, &result, &error), &error);
  assert_string_equal((const char *)result.value, value);
  assert_int_equal(result.value_length, strlen(value));
  ss_get_result_clear(&result);
}

/* ---- Verification -------------------------------------------------------------------------- */

bool test_store_is_intact(ss_store *store) {
  ss_verify_report report;
  ss_error error;
  assert_ok(ss_verify(store, NULL, &report, &error), &error);
  const bool intact = report.is_intact;
  if (!intact && report.faults_described > 0) {
    print_message("first of %d faults: %s\n", (int)report.fault_count, report.faults[0].message);
  }
  ss_verify_report_clear(&report);
  return intact;
}
