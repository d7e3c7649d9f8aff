/* get against its floor: one prepared point lookup of the same row, plus two AES-256-GCM
 * decryptions with reused contexts. The floor knows every AAD beforehand, allocates nothing,
 * wipes nothing and checks no argument; it works on the same file with the same settings. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "crypto/envelope.h"
#include "gcm_floor.h"

enum { OPERATIONS = 20000, SLICES = 21, THREADS_MAX = 16, SAMPLE_ROWS_MAX = 100000 };

static const char lookup_sql[] =
    "SELECT id, name, format, revision, key_version, created_at, updated_at, expires_at, iv,"
    " value_digest, dek_iv, wrapped_dek, metadata, value FROM secret"
    " WHERE namespace = ?1 AND name = ?2";
enum {
  COLUMN_IV = 8,
  COLUMN_VALUE_DIGEST,
  COLUMN_DEK_IV,
  COLUMN_WRAPPED,
  COLUMN_METADATA,
  COLUMN_VALUE
};

/* The AADs of one row, as the floor knows them. */
typedef struct known_aads {
  unsigned char *dek;
  size_t dek_length;
  unsigned char *value;
  size_t value_length;
} known_aads;

typedef struct get_bench {
  bench_store *store;
  sqlite3_int64 namespace_id;
  char store_id[STORE_ID_TEXT_CAPACITY];
  known_aads *aads; /* per row */
} get_bench;

typedef struct get_thread {
  get_bench *bench;
  uint64_t random_state;
  int64_t operations;
  /* the floor's own */
  sqlite3 *database;
  sqlite3_stmt *lookup;
  gcm_floor cipher;
  unsigned char *output;
  bool decrypt;
} get_thread;

/* ---- Ours ---------------------------------------------------------------------------------- */

static void run_ours(void *context, int64_t operations) {
  get_thread *thread = context;
  bench_store *store = thread->bench->store;
  ss_error error;
  for (int64_t i = 0; i < operations; i++) {
    char name[BENCH_NAME_CAPACITY];
    bench_name((int64_t)(bench_random(&thread->random_state) % (uint64_t)store->rows), name);
    ss_get_request request;
    ss_get_request_init(&request);
    request.namespace_name = BENCH_NAMESPACE;
    request.name = name;
    ss_get_result result;
    bench_require_ok(ss_get(store->store, &request, &result, &error), &error, "get");
    bench_require(result.value_length == store->value_bytes, "get: wrong value");
    ss_get_result_clear(&result);
  }
}

/* ---- The floor ----------------------------------------------------------------------------- */

static void decrypt_row(get_thread *thread, const known_aads *aads) {
  sqlite3_stmt *row = thread->lookup;
  unsigned char key[DEK_BYTES];
  gcm_floor_open(thread->cipher.kek, NULL, sqlite3_column_blob(row, COLUMN_DEK_IV), aads->dek,
                 aads->dek_length, sqlite3_column_blob(row, COLUMN_WRAPPED), WRAPPED_KEY_BYTES,
                 key);
  gcm_floor_open(thread->cipher.dek, key, sqlite3_column_blob(row, COLUMN_IV), aads->value,
                 aads->value_length, sqlite3_column_blob(row, COLUMN_VALUE),
                 (size_t)sqlite3_column_bytes(row, COLUMN_VALUE), thread->output);
}

static void run_floor(void *context, int64_t operations) {
  get_thread *thread = context;
  get_bench *bench = thread->bench;
  for (int64_t i = 0; i < operations; i++) {
    char name[BENCH_NAME_CAPACITY];
    const uint64_t row = bench_random(&thread->random_state) % (uint64_t)bench->store->rows;
    bench_name((int64_t)row, name);
    (void)sqlite3_bind_int64(thread->lookup, 1, bench->namespace_id);
    (void)sqlite3_bind_text(thread->lookup, 2, name, -1, SQLITE_STATIC);
    bench_require(sqlite3_step(thread->lookup) == SQLITE_ROW, "the floor's lookup");
    bench_require(sqlite3_column_blob(thread->lookup, COLUMN_VALUE) != NULL, "the floor's value");
    if (thread->decrypt) decrypt_row(thread, &bench->aads[row]);
    (void)sqlite3_reset(thread->lookup);
  }
}

/* ---- Preparation --------------------------------------------------------------------------- */

static void remember(byte_buffer *text, unsigned char **bytes, size_t *length) {
  *bytes = malloc(text->length);
  *length = text->length;
  bench_require(*bytes != NULL, "memory for the floor's AADs");
  memcpy(*bytes, text->data, text->length);
  buffer_reset(text);
}

static void learn_store(get_bench *bench, sqlite3 *database) {
  sqlite3_stmt *statement = NULL;
  (void)sqlite3_prepare_v2(database,
                           "SELECT json_extract(text, '$[1]'),"
                           " (SELECT id FROM namespace WHERE name = ?1) FROM root",
                           -1, &statement, NULL);
  (void)sqlite3_bind_text(statement, 1, BENCH_NAMESPACE, -1, SQLITE_STATIC);
  bench_require(sqlite3_step(statement) == SQLITE_ROW, "reading the store's id");
  (void)snprintf(bench->store_id, sizeof bench->store_id, "%s",
                 (const char *)sqlite3_column_text(statement, 0));
  bench->namespace_id = sqlite3_column_int64(statement, 1);
  (void)sqlite3_finalize(statement);
}

static void learn_aads(get_bench *bench, sqlite3 *database) {
  sqlite3_stmt *lookup = NULL;
  byte_buffer text = {0};
  bench->aads = calloc((size_t)bench->store->rows, sizeof *bench->aads);
  bench_require(bench->aads != NULL, "memory for the floor's AADs");
  (void)sqlite3_prepare_v2(database, lookup_sql, -1, &lookup, NULL);
  for (int64_t i = 0; i < bench->store->rows; i++) {
    char name[BENCH_NAME_CAPACITY];
    bench_name(i, name);
    (void)sqlite3_bind_int64(lookup, 1, bench->namespace_id);
    (void)sqlite3_bind_text(lookup, 2, name, -1, SQLITE_STATIC);
    bench_require(sqlite3_step(lookup) == SQLITE_ROW, "reading a row");
    const dek_binding binding = {
        .store_id = text_view_of(bench->store_id),
        .namespace_name = text_view_of(BENCH_NAMESPACE),
        .name = text_view_of(name),
        .key_version = sqlite3_column_int64(lookup, 4),
        .secret_id = sqlite3_column_int64(lookup, 0),
        .revision = sqlite3_column_int64(lookup, 3),
        .created_at = sqlite3_column_int64(lookup, 5),
        .updated_at = sqlite3_column_int64(lookup, 6),
        .expires_at = SS_NO_EXPIRY,
        .value_digest = {sqlite3_column_blob(lookup, COLUMN_VALUE_DIGEST), SHA256_BYTES},
    };
    envelope_append_dek_aad(&text, &binding);
    remember(&text, &bench->aads[i].dek, &bench->aads[i].dek_length);
    envelope_append_value_aad(&text, binding.namespace_name, binding.name);
    remember(&text, &bench->aads[i].value, &bench->aads[i].value_length);
    (void)sqlite3_reset(lookup);
  }
  (void)sqlite3_finalize(lookup);
  buffer_clear(&text);
}

static void thread_init(get_thread *thread, get_bench *bench, uint64_t seed) {
  *thread = (get_thread){.bench = bench, .random_state = seed, .decrypt = true};
  thread->database = bench_connection(bench->store->path, bench->store->durability);
  thread->output = malloc(bench->store->value_bytes + 1);
  bench_require(thread->output != NULL &&
                    sqlite3_prepare_v3(thread->database, lookup_sql, -1, SQLITE_PREPARE_PERSISTENT,
                                       &thread->lookup, NULL) == SQLITE_OK,
                "preparing the floor");
  gcm_floor_init(&thread->cipher);
}

static void thread_clear(get_thread *thread) {
  (void)sqlite3_finalize(thread->lookup);
  (void)sqlite3_close(thread->database);
  gcm_floor_clear(&thread->cipher);
  free(thread->output);
}

/* ---- Several threads ----------------------------------------------------------------------- */

typedef struct get_team {
  get_thread threads[THREADS_MAX];
  int count;
  void (*run)(void *context, int64_t operations);
} get_team;

typedef struct team_member {
  get_team *team;
  get_thread *thread;
} team_member;

static void *run_member(void *context) {
  team_member *member = context;
  member->team->run(member->thread, member->thread->operations);
  return NULL;
}

static void run_team(get_team *team, int64_t operations) {
  pthread_t handles[THREADS_MAX];
  team_member members[THREADS_MAX];
  for (int i = 0; i < team->count; i++) {
    team->threads[i].operations = operations / team->count;
    members[i] = (team_member){team, &team->threads[i]};
    bench_require(pthread_create(&handles[i], NULL, run_member, &members[i]) == 0, "a thread");
  }
  for (int i = 0; i < team->count; i++) (void)pthread_join(handles[i], NULL);
}

static void run_ours_by_team(void *context, int64_t operations) {
  get_team *team = context;
  team->run = run_ours;
  run_team(team, operations);
}

static void run_floor_by_team(void *context, int64_t operations) {
  get_team *team = context;
  team->run = run_floor;
  run_team(team, operations);
}

/* ---- The bench ----------------------------------------------------------------------------- */

static void print_lookup_independent_cost(get_team *team) {
  team->threads[0].decrypt = false;
  const bench_subject ours = {run_ours, &team->threads[0]};
  const bench_subject lookup = {run_floor, &team->threads[0]};
  const bench_comparison result = bench_compare(ours, lookup, OPERATIONS, SLICES);
  printf("  %-44s %14.2f us   (get less a bare lookup of %.2f us)\n",
         "  lookup-independent cost of a get", (result.ours_ns - result.floor_ns) / 1000,
         result.floor_ns / 1000);
}

void bench_get(bench_store *store, int threads) {
  get_bench bench = {.store = store};
  get_team team = {.count = threads};
  sqlite3 *database = bench_connection(store->path, store->durability);
  learn_store(&bench, database);
  learn_aads(&bench, database);
  (void)sqlite3_close(database);
  for (int i = 0; i < threads; i++) thread_init(&team.threads[i], &bench, (uint64_t)i * 7919 + 1);

  char label[64];
  (void)snprintf(label, sizeof label, "get  %6zu B  %8lld rows  %d thread%s", store->value_bytes,
                 (long long)store->rows, threads, threads == 1 ? "" : "s");
  const bench_subject ours = {run_ours_by_team, &team};
  const bench_subject floor = {run_floor_by_team, &team};
  const int64_t operations = store->value_bytes > 10000 ? OPERATIONS / 10 : OPERATIONS;
  bench_print(label, bench_compare(ours, floor, operations, SLICES));
  if (threads == 1 && store->value_bytes <= 10000) print_lookup_independent_cost(&team);

  for (int i = 0; i < threads; i++) thread_clear(&team.threads[i]);
  for (int64_t i = 0; i < store->rows; i++) {
    free(bench.aads[i].dek);
    free(bench.aads[i].value);
  }
  free(bench.aads);
}
