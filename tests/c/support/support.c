/* The shared parts of C tests. */
#include "support/support.h"

#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/chain_verify.h"
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

void test_store_sql(const test_store *self, const char *sql) {
  sqlite3 *database = NULL;
  char *message = NULL;
  assert_int_equal(sqlite3_open(self->path, &database), SQLITE_OK);
  (void)sqlite3_busy_timeout(database, 5000);
  if (sqlite3_exec(database, sql, NULL, NULL, &message) != SQLITE_OK)
    fail_msg("%s: %s", sql, message);
  assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

int64_t test_store_number(const test_store *self, const char *sql) {
  sqlite3 *database = NULL;
  sqlite3_stmt *statement = NULL;
  assert_int_equal(sqlite3_open(self->path, &database), SQLITE_OK);
  assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  const int64_t number = sqlite3_column_int64(statement, 0);
  (void)sqlite3_finalize(statement);
  (void)sqlite3_close(database);
  return number;
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

/* ---- Chains -------------------------------------------------------------------------------- */

typedef struct known_namespaces {
  struct {
    char name[SS_MAX_NAME_BYTES];
    text_view view;
    namespace_record record;
  } items[64];
  size_t count;
} known_namespaces;

static ss_status collect(void *context, text_view name, const namespace_record *record,
                         ss_error *error) {
  known_namespaces *known = context;
  (void)error;
  assert_true(known->count < 64);
  memcpy(known->items[known->count].name, name.data == NULL ? "" : name.data, name.length);
  known->items[known->count].view =
      (text_view){name.data == NULL ? NULL : known->items[known->count].name, name.length};
  known->items[known->count++].record = *record;
  return SS_OK;
}

static bool report_is_intact(const chain_report *report, text_view name, sealed_epochs sealed) {
  const bool all_checked =
      report->events_uncheckable == 0 || sealed == SEALED_EPOCHS_ARE_PASSED_OVER;
  if (report->fault == CHAIN_INTACT && all_checked) return true;
  print_error("chain of \"%.*s\": fault %d at event %lld\n", (int)name.length,
              name.data == NULL ? "" : name.data, (int)report->fault,
              (long long)report->fault_sequence);
  return false;
}

bool test_chains_intact(ss_store *store, sealed_epochs sealed) {
  static known_namespaces known;
  const namespaces_query query = {.limit = 64};
  storage_session *session = NULL;
  scratch *with = NULL;
  ss_error error;
  bool intact = true;
  known.count = 0;
  assert_ok(scratch_take(store, &with, &error), &error);
  /* A write session, so that nothing is appended meanwhile. */
  assert_ok(storage_begin_write(store->storage, &session, &error), &error);
  assert_ok(storage_visit_namespaces(session, &query, collect, &known, &error), &error);
  for (size_t i = 0; i < known.count; i++) {
    chain_report report;
    assert_ok(chain_verify_namespace(&with->signer, session, known.items[i].view,
                                     &known.items[i].record, &report, &error),
              &error);
    intact = report_is_intact(&report, known.items[i].view, sealed) && intact;
  }
  storage_rollback(session);
  scratch_return(store, with);
  return intact;
}
