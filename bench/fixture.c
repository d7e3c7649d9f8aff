/* Stores to measure on, made through the library itself. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"

enum { BATCH = 500, VALUE_MAX = 65536 };

static const char key_text[] = "0aWsmgFfrC73s0FnNjVRKhUR9B/jfREbJn8DnuxdT1g=";
static const unsigned char key_bytes[SS_KEY_BYTES] = {
    0xd1, 0xa5, 0xac, 0x9a, 0x01, 0x5f, 0xac, 0x2e, 0xf7, 0xb3, 0x41, 0x67, 0x36, 0x35, 0x51, 0x2a,
    0x15, 0x11, 0xf4, 0x1f, 0xe3, 0x7d, 0x11, 0x1b, 0x26, 0x7f, 0x03, 0x9e, 0xec, 0x5d, 0x4f, 0x58};

void bench_require(bool condition, const char *what) {
  if (condition) return;
  (void)fprintf(stderr, "bench: %s\n", what);
  exit(1);
}

void bench_require_ok(ss_status status, const ss_error *error, const char *what) {
  if (status == SS_OK) return;
  (void)fprintf(stderr, "bench: %s: %s (%s)\n", what, error->message, ss_status_name(status));
  exit(1);
}

const unsigned char *bench_key(void) { return key_bytes; }

const unsigned char *bench_value(void) {
  static const unsigned char value[VALUE_MAX];
  return value;
}

void bench_name(int64_t row, char name[BENCH_NAME_CAPACITY]) {
  (void)snprintf(name, BENCH_NAME_CAPACITY, "SECRET_%07lld", (long long)row);
}

void bench_put_request(int64_t row, size_t value_bytes, char name[BENCH_NAME_CAPACITY],
                       ss_put_request *request) {
  bench_name(row, name);
  ss_put_request_init(request);
  request->namespace_name = BENCH_NAMESPACE;
  request->name = name;
  request->value = bench_value();
  request->value_length = value_bytes;
}

const char *bench_key_text(void) { return key_text; }

void bench_store_open(bench_store *self) {
  ss_options *options = NULL;
  ss_error error;
  bench_require_ok(ss_options_new(self->path, &options, &error), &error, "options");
  bench_require_ok(ss_options_add_key(options, 1, key_text, &error), &error, "key");
  bench_require_ok(ss_options_set_durability(options, self->durability, &error), &error,
                   "durability");
  bench_require_ok(ss_store_open(options, &self->store, &error), &error, "opening");
  ss_options_free(options);
}

void bench_store_close(bench_store *self) {
  ss_store_free(self->store);
  self->store = NULL;
}

void bench_store_fill(bench_store *self) {
  static char names[BATCH][BENCH_NAME_CAPACITY];
  static ss_put_request requests[BATCH];
  for (int64_t first = 0; first < self->rows; first += BATCH) {
    const int64_t left = self->rows - first;
    const size_t count = left < BATCH ? (size_t)left : BATCH;
    for (size_t i = 0; i < count; i++) {
      bench_put_request(first + (int64_t)i, self->value_bytes, names[i], &requests[i]);
    }
    ss_error error;
    bench_require_ok(ss_put_batch(self->store, requests, count, NULL, &error), &error, "fill");
  }
}

static void set_path(bench_store *self, const char *folder, const char *label) {
  (void)snprintf(self->path, sizeof self->path, "%s/%s.db", folder, label);
}

bench_store bench_store_at(const char *folder, const char *label, int64_t rows, size_t value_bytes,
                           ss_durability durability) {
  bench_store place = {
      .rows = rows,
      .value_bytes = value_bytes,
      .durability = durability,
  };
  set_path(&place, folder, label);
  bench_store_delete(&place);
  return place;
}

bench_store bench_store_new(const char *folder, const char *label, int64_t rows, size_t value_bytes,
                            ss_durability durability) {
  bench_store made = bench_store_at(folder, label, rows, value_bytes, durability);
  bench_store_open(&made);
  bench_store_fill(&made);
  return made;
}

/* Through SQLite, so that what is still in the log is copied too. */
bench_store bench_store_copy(const bench_store *original, const char *folder, const char *label) {
  bench_store copy = *original;
  copy.store = NULL;
  set_path(&copy, folder, label);
  bench_store_delete(&copy);
  sqlite3 *from = bench_connection(original->path, original->durability);
  sqlite3 *to = NULL;
  bench_require(sqlite3_open(copy.path, &to) == SQLITE_OK, "opening the copy");
  sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
  bench_require(backup != NULL && sqlite3_backup_step(backup, -1) == SQLITE_DONE, "copying");
  (void)sqlite3_backup_finish(backup);
  (void)sqlite3_close(from);
  (void)sqlite3_close(to);
  return copy;
}

void bench_store_delete(bench_store *self) {
  static const char *const suffixes[] = {"", "-wal", "-shm"};
  for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
    char path[sizeof self->path + 8];
    (void)snprintf(path, sizeof path, "%s%s", self->path, suffixes[i]);
    (void)unlink(path);
  }
}

sqlite3 *bench_connection(const char *path, ss_durability durability) {
  sqlite3 *database = NULL;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  bench_require(sqlite3_open_v2(path, &database, flags, NULL) == SQLITE_OK, "opening a connection");
  const char *synchronous = durability == SS_DURABILITY_FULL ? "PRAGMA synchronous = FULL"
                                                             : "PRAGMA synchronous = NORMAL";
  bench_require(
      sqlite3_exec(
          database,
          "PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON;"
          "PRAGMA cache_size = -8192; PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON;"
          "PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 33554432",
          NULL, NULL, NULL) == SQLITE_OK,
      "configuring a connection");
  bench_require(sqlite3_exec(database, synchronous, NULL, NULL, NULL) == SQLITE_OK, "durability");
  (void)sqlite3_busy_timeout(database, 5000);
  return database;
}
