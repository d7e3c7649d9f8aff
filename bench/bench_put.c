/* put against its floor: the bare transaction (an upsert and an event insert, in the same schema
 * with the same durability), two AES-256-GCM encryptions and the random bytes. The floor keeps no
 * chain, reads nothing before it writes, and binds constant AADs. Both overwrite random rows of
 * stores with the same contents. */
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "engine/store/store.h"
#include "gcm_floor.h"

enum { OPERATIONS = 2000, SLICES = 15, BATCH = 100 };

static const char floor_upsert[] =
    "INSERT INTO secret (id, namespace, name, format, revision, key_version, created_at,"
    " updated_at, expires_at, iv, value_digest, dek_iv, wrapped_dek, metadata, value)"
    " VALUES (NULL, ?1, ?2, 2, 1, 1, ?3, ?3, NULL, ?4, ?8, ?5, ?6, NULL, ?7)"
    " ON CONFLICT (namespace, name) DO UPDATE SET revision = revision + 1,"
    " updated_at = excluded.updated_at, iv = excluded.iv, value_digest = excluded.value_digest,"
    " dek_iv = excluded.dek_iv, wrapped_dek = excluded.wrapped_dek, value = excluded.value";
static const char floor_event[] =
    "INSERT INTO event (namespace, type, sequence, secret, revision, created_at, epoch, attempt,"
    " previous_digest, row_digest, mac, actor, detail) VALUES (?1, ?2, ?3, ?4, 2, ?5, 1, ?7, ?6,"
    " ?6, ?6, NULL, '{\"changed\":[\"value\"]}')";
/* As long as the real ones. */
static const unsigned char dek_aad[] =
    "[\"dek2\",\"0123456789abcdef0123456789abcdef\",\"acme:production\",\"SECRET_0000000\",1,12345,"
    "2,1795478493537,1795478493537,null,"
    "\"55f9d41585ecb6cb002b242be41fb945765b44fbe6b3dd15af0a4787191cd1b0\",null]";
static const unsigned char value_aad[] = "[\"value\",\"acme:production\",\"SECRET_0000000\"]";

typedef struct put_floor {
  bench_store *store;
  sqlite3 *database;
  sqlite3_stmt *begin;
  sqlite3_stmt *commit;
  sqlite3_stmt *upsert;
  sqlite3_stmt *event;
  gcm_floor cipher;
  unsigned char *sealed;
  sqlite3_int64 namespace_id;
  int64_t sequence;
  uint64_t random_state;
  int64_t first_new_row; /* >= 0: create rows from here on instead of overwriting */
} put_floor;

typedef struct put_ours {
  bench_store *store;
  uint64_t random_state;
  int64_t first_new_row;
} put_ours;

/* ---- The floor ----------------------------------------------------------------------------- */

static sqlite3_stmt *prepare(sqlite3 *database, const char *sql) {
  sqlite3_stmt *statement = NULL;
  bench_require(sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
                                   NULL) == SQLITE_OK,
                "preparing the floor");
  return statement;
}

static void step(sqlite3_stmt *statement) {
  bench_require(sqlite3_step(statement) == SQLITE_DONE, "the floor's write");
  (void)sqlite3_reset(statement);
}

static int64_t next_row(bench_store *store, uint64_t *random_state, int64_t *first_new_row) {
  if (*first_new_row >= 0) return (*first_new_row)++;
  return (int64_t)(bench_random(random_state) % (uint64_t)store->rows);
}

static void floor_put(put_floor *floor) {
  unsigned char drawn[DEK_BYTES + 2 * GCM_IV_BYTES];
  unsigned char wrapped[DEK_BYTES + GCM_TAG_BYTES];
  char name[BENCH_NAME_CAPACITY];
  const size_t length = floor->store->value_bytes;
  const int64_t row = next_row(floor->store, &floor->random_state, &floor->first_new_row);
  bench_name(row, name);
  bench_require(RAND_bytes(drawn, sizeof drawn) == 1, "random bytes");
  const unsigned char *iv = drawn + DEK_BYTES;
  const unsigned char *dek_iv = iv + GCM_IV_BYTES;
  gcm_floor_seal(floor->cipher.dek, drawn, iv, value_aad, sizeof value_aad - 1, bench_value(),
                 length, floor->sealed);
  gcm_floor_seal(floor->cipher.kek, NULL, dek_iv, dek_aad, sizeof dek_aad - 1, drawn, DEK_BYTES,
                 wrapped);
  const int64_t now = 1795478493537 + floor->sequence;
  (void)sqlite3_bind_int64(floor->upsert, 1, floor->namespace_id);
  (void)sqlite3_bind_text(floor->upsert, 2, name, -1, SQLITE_STATIC);
  (void)sqlite3_bind_int64(floor->upsert, 3, now);
  (void)sqlite3_bind_blob(floor->upsert, 4, iv, GCM_IV_BYTES, SQLITE_STATIC);
  (void)sqlite3_bind_blob(floor->upsert, 5, dek_iv, GCM_IV_BYTES, SQLITE_STATIC);
  (void)sqlite3_bind_blob(floor->upsert, 6, wrapped, sizeof wrapped, SQLITE_STATIC);
  (void)sqlite3_bind_blob(floor->upsert, 7, floor->sealed, (int)length + GCM_TAG_BYTES,
                          SQLITE_STATIC);
  (void)sqlite3_bind_blob(floor->upsert, 8, wrapped, SHA256_BYTES, SQLITE_STATIC);
  step(floor->upsert);
  (void)sqlite3_bind_int64(floor->event, 1, floor->namespace_id);
  const bool creates = floor->first_new_row >= 0;
  (void)sqlite3_bind_int64(floor->event, 2, creates ? SS_EVENT_CREATED : SS_EVENT_UPDATED);
  (void)sqlite3_bind_int64(floor->event, 3, ++floor->sequence);
  (void)sqlite3_bind_int64(floor->event, 4, row + 1); /* rows got their ids in order */
  (void)sqlite3_bind_int64(floor->event, 5, now);
  (void)sqlite3_bind_blob(floor->event, 6, wrapped, SHA256_BYTES, SQLITE_STATIC);
  (void)sqlite3_bind_blob(floor->event, 7, wrapped, STORAGE_ATTEMPT_BYTES, SQLITE_STATIC);
  step(floor->event);
}

static void run_floor(void *context, int64_t operations) {
  put_floor *floor = context;
  for (int64_t i = 0; i < operations; i++) {
    step(floor->begin);
    floor_put(floor);
    step(floor->commit);
  }
}

static void run_floor_batches(void *context, int64_t operations) {
  put_floor *floor = context;
  for (int64_t i = 0; i < operations; i += BATCH) {
    step(floor->begin);
    for (int j = 0; j < BATCH; j++) floor_put(floor);
    step(floor->commit);
  }
}

static void floor_init(put_floor *floor, bench_store *store) {
  *floor = (put_floor){.store = store, .random_state = 4711, .first_new_row = -1};
  floor->database = bench_connection(store->path, store->durability);
  floor->begin = prepare(floor->database, "BEGIN IMMEDIATE");
  floor->commit = prepare(floor->database, "COMMIT");
  floor->upsert = prepare(floor->database, floor_upsert);
  floor->event = prepare(floor->database, floor_event);
  floor->sealed = malloc(store->value_bytes + GCM_TAG_BYTES);
  bench_require(floor->sealed != NULL, "memory");
  gcm_floor_init(&floor->cipher);
  sqlite3_stmt *head = prepare(floor->database, "SELECT id, sequence FROM namespace");
  bench_require(sqlite3_step(head) == SQLITE_ROW, "the namespace");
  floor->namespace_id = sqlite3_column_int64(head, 0);
  floor->sequence = sqlite3_column_int64(head, 1);
  (void)sqlite3_finalize(head);
}

static void floor_clear(put_floor *floor) {
  (void)sqlite3_finalize(floor->begin);
  (void)sqlite3_finalize(floor->commit);
  (void)sqlite3_finalize(floor->upsert);
  (void)sqlite3_finalize(floor->event);
  (void)sqlite3_close(floor->database);
  gcm_floor_clear(&floor->cipher);
  free(floor->sealed);
}

/* ---- Ours ---------------------------------------------------------------------------------- */

static void fill_request(put_ours *ours, char name[BENCH_NAME_CAPACITY], ss_put_request *request) {
  const int64_t row = next_row(ours->store, &ours->random_state, &ours->first_new_row);
  bench_put_request(row, ours->store->value_bytes, name, request);
}

static void run_ours(void *context, int64_t operations) {
  put_ours *ours = context;
  ss_error error;
  for (int64_t i = 0; i < operations; i++) {
    char name[BENCH_NAME_CAPACITY];
    ss_put_request request;
    fill_request(ours, name, &request);
    bench_require_ok(ss_put(ours->store->store, &request, NULL, &error), &error, "put");
  }
}

static void run_ours_batches(void *context, int64_t operations) {
  put_ours *ours = context;
  static char names[BATCH][BENCH_NAME_CAPACITY];
  static ss_put_request requests[BATCH];
  ss_error error;
  for (int64_t i = 0; i < operations; i += BATCH) {
    for (int j = 0; j < BATCH; j++) fill_request(ours, names[j], &requests[j]);
    bench_require_ok(ss_put_batch(ours->store->store, requests, BATCH, NULL, &error), &error,
                     "a batch");
  }
}

/* ---- The bench ----------------------------------------------------------------------------- */

static void print(const char *what, const bench_store *store, bench_comparison comparison) {
  char label[64];
  (void)snprintf(label, sizeof label, "put  %6zu B  %8lld rows  %s", store->value_bytes,
                 (long long)store->rows, what);
  bench_print(label, comparison);
}

void bench_put(bench_store *ours_store, bench_store *floor_store) {
  put_floor floor;
  put_ours ours = {.store = ours_store, .random_state = 4711, .first_new_row = -1};
  floor_init(&floor, floor_store);
  const int64_t operations = ours_store->value_bytes > 10000 ? OPERATIONS / 10 : OPERATIONS;
  print("overwrite", ours_store,
        bench_compare((bench_subject){run_ours, &ours}, (bench_subject){run_floor, &floor},
                      operations, SLICES));
  print("overwrite x100", ours_store,
        bench_compare((bench_subject){run_ours_batches, &ours},
                      (bench_subject){run_floor_batches, &floor}, operations, SLICES));
  ours.first_new_row = ours_store->rows;
  floor.first_new_row = floor_store->rows;
  print("create", ours_store,
        bench_compare((bench_subject){run_ours, &ours}, (bench_subject){run_floor, &floor},
                      operations, SLICES));
  print("create x100", ours_store,
        bench_compare((bench_subject){run_ours_batches, &ours},
                      (bench_subject){run_floor_batches, &floor}, operations, SLICES));
  floor_clear(&floor);
}
