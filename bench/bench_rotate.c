/* Rotation against its floor: two AES-256-GCM operations per row, and the bare SQL (an update of
 * the row by id and an event insert), a hundred rows in a transaction. */
#include <stdio.h>

#include "bench.h"
#include "crypto/envelope.h"
#include "gcm_floor.h"
#include "storage/storage.h"

enum { ROWS = 50000, BATCH = 100, VALUE_BYTES = 1024 };

static const char old_key[] = "0aWsmgFfrC73s0FnNjVRKhUR9B/jfREbJn8DnuxdT1g=";
static const char new_key[] = "q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=";

/* As long as the real one. */
static const unsigned char dek_aad[] =
    "[\"dek2\",\"0123456789abcdef0123456789abcdef\",\"acme:production\",\"SECRET_0000000\",1,12345,"
    "2,1795478493537,1795478493537,null,"
    "\"55f9d41585ecb6cb002b242be41fb945765b44fbe6b3dd15af0a4787191cd1b0\",null]";

static double rotate_ours(bench_store *self) {
  ss_options *options = NULL;
  ss_error error;
  ss_rotate_all_result result;
  bench_require_ok(ss_options_new(self->path, &options, &error), &error, "options");
  bench_require_ok(ss_options_add_key(options, 2, new_key, &error), &error, "key");
  bench_require_ok(ss_options_add_key(options, 1, old_key, &error), &error, "key");
  bench_require_ok(ss_options_set_durability(options, self->durability, &error), &error,
                   "durability");
  bench_require_ok(ss_store_open(options, &self->store, &error), &error, "opening");
  ss_options_free(options);
  const int64_t start = bench_now_ns();
  bench_require_ok(ss_rotate_all(self->store, NULL, NULL, NULL, &result, &error), &error, "rotate");
  const double elapsed = (double)(bench_now_ns() - start);
  bench_require(result.rotated == self->rows, "rotate: not all rows");
  bench_store_close(self);
  return elapsed / (double)self->rows;
}

static sqlite3_stmt *prepare(sqlite3 *database, const char *sql) {
  sqlite3_stmt *statement = NULL;
  bench_require(sqlite3_prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK,
                "preparing the floor");
  return statement;
}

static void step(sqlite3_stmt *statement) {
  bench_require(sqlite3_step(statement) == SQLITE_DONE, "the floor's write");
  (void)sqlite3_reset(statement);
}

/* Seals and opens under one key: the cost is the same as unwrapping and wrapping under two. */
static void rewrap(gcm_floor *cipher, unsigned char wrapped[WRAPPED_KEY_BYTES],
                   const unsigned char iv[GCM_IV_BYTES]) {
  unsigned char key[DEK_BYTES];
  gcm_floor_open(cipher->kek, NULL, iv, dek_aad, sizeof dek_aad - 1, wrapped, WRAPPED_KEY_BYTES,
                 key);
  gcm_floor_seal(cipher->kek, NULL, iv, dek_aad, sizeof dek_aad - 1, key, DEK_BYTES, wrapped);
}

static double rotate_floor(const bench_store *self) {
  static const unsigned char iv[GCM_IV_BYTES] = {1};
  unsigned char wrapped[WRAPPED_KEY_BYTES];
  unsigned char key[DEK_BYTES] = {2};
  gcm_floor cipher;
  sqlite3 *database = bench_connection(self->path, self->durability);
  sqlite3_stmt *begin = prepare(database, "BEGIN IMMEDIATE");
  sqlite3_stmt *commit = prepare(database, "COMMIT");
  sqlite3_stmt *update = prepare(database,
                                 "UPDATE secret SET key_version = 2, dek_iv = ?2, wrapped_dek = ?3"
                                 " WHERE id = ?1");
  sqlite3_stmt *event = prepare(
      database,
      "INSERT INTO event (namespace, type, sequence, secret, revision, created_at, epoch, attempt,"
      " previous_digest, row_digest, mac, actor, detail) VALUES (1, 4, ?1, ?1, 1, 1795478493537, 1,"
      " ?3, ?2, ?2, ?2, NULL, '{\"previousKeyVersion\":1,\"newKeyVersion\":2}')");
  gcm_floor_init(&cipher);
  gcm_floor_seal(cipher.kek, NULL, iv, dek_aad, sizeof dek_aad - 1, key, DEK_BYTES, wrapped);
  const int64_t start = bench_now_ns();
  for (int64_t row = 1; row <= self->rows; row++) {
    if (row % BATCH == 1) step(begin);
    rewrap(&cipher, wrapped, iv);
    (void)sqlite3_bind_int64(update, 1, row);
    (void)sqlite3_bind_blob(update, 2, iv, sizeof iv, SQLITE_STATIC);
    (void)sqlite3_bind_blob(update, 3, wrapped, sizeof wrapped, SQLITE_STATIC);
    step(update);
    (void)sqlite3_bind_int64(event, 1, row);
    (void)sqlite3_bind_blob(event, 2, wrapped, SHA256_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_blob(event, 3, wrapped, STORAGE_ATTEMPT_BYTES, SQLITE_STATIC);
    step(event);
    if (row % BATCH == 0) step(commit);
  }
  const double elapsed = (double)(bench_now_ns() - start);
  (void)sqlite3_finalize(begin);
  (void)sqlite3_finalize(commit);
  (void)sqlite3_finalize(update);
  (void)sqlite3_finalize(event);
  (void)sqlite3_close(database);
  gcm_floor_clear(&cipher);
  return elapsed / (double)self->rows;
}

void bench_rotate(const char *folder) {
  const int64_t rows = bench_rows(ROWS);
  bench_store ours = bench_store_new(folder, "rotate", rows, VALUE_BYTES, SS_DURABILITY_NORMAL);
  bench_store_close(&ours);
  bench_store floor = bench_store_copy(&ours, folder, "rotate-floor");
  const bench_comparison result = {rotate_ours(&ours), rotate_floor(&floor)};
  char label[64];
  (void)snprintf(label, sizeof label, "rotate 1024 B  %8lld rows, per row", (long long)rows);
  bench_print(label, result);
  printf("  %-44s %14.0f rows/s\n", "", 1e9 / result.ours_ns);
  bench_store_delete(&ours);
  bench_store_delete(&floor);
}
