/* What proving costs: reads that are verified beside plain ones, the first read of a namespace
 * beside a verify of it, and puts over secrets whose events were pruned beside puts over others. */
#include <stdio.h>

#include "bench.h"

enum { ROWS = 100000, VALUE_BYTES = 1024, OPERATIONS = 20000, PUTS = 500 };
enum { READ_SLICES = 21, PUT_SLICES = 15 };

static const int64_t HOUR_MS = 3600000;

typedef struct proof_bench {
  bench_store plain;
  ss_store *verified; /* on the same file */
  int64_t now_ms;
  int64_t next_pruned; /* the next row whose events were pruned */
  uint64_t random_state;
} proof_bench;

static int64_t tell_time(void *context) {
  const proof_bench *self = context;
  return self->now_ms;
}

static ss_store *open_with(proof_bench *self, ss_reads reads) {
  ss_options *options = NULL;
  ss_store *store = NULL;
  ss_error error;
  bench_require_ok(ss_options_new(self->plain.path, &options, &error), &error, "options");
  bench_require_ok(ss_options_add_key(options, 1, bench_key_text(), &error), &error, "key");
  bench_require_ok(ss_options_set_durability(options, SS_DURABILITY_NORMAL, &error), &error,
                   "durability");
  bench_require_ok(ss_options_set_reads(options, reads, &error), &error, "reads");
  bench_require_ok(ss_options_set_clock(options, tell_time, self, &error), &error, "clock");
  bench_require_ok(ss_store_open(options, &store, &error), &error, "opening");
  ss_options_free(options);
  return store;
}

/* ---- Reads --------------------------------------------------------------------------------- */

static void get_row(ss_store *store, int64_t row) {
  char name[BENCH_NAME_CAPACITY];
  ss_get_request request;
  ss_get_result result;
  ss_error error;
  bench_name(row, name);
  ss_get_request_init(&request);
  request.namespace_name = BENCH_NAMESPACE;
  request.name = name;
  bench_require_ok(ss_get(store, &request, &result, &error), &error, "get");
  ss_get_result_clear(&result);
}

static int64_t random_row(proof_bench *self) {
  return (int64_t)(bench_random(&self->random_state) % (uint64_t)self->plain.rows);
}

static void run_verified(void *context, int64_t operations) {
  proof_bench *self = context;
  for (int64_t i = 0; i < operations; i++) get_row(self->verified, random_row(self));
}

static void run_plain(void *context, int64_t operations) {
  proof_bench *self = context;
  for (int64_t i = 0; i < operations; i++) get_row(self->plain.store, random_row(self));
}

static double verify_ns(ss_store *store) {
  ss_verify_report report;
  ss_error error;
  const int64_t start = bench_now_ns();
  bench_require_ok(ss_verify(store, NULL, &report, &error), &error, "verify");
  const int64_t elapsed = bench_now_ns() - start;
  bench_require(report.is_intact, "verify: expected an intact store");
  ss_verify_report_clear(&report);
  return (double)elapsed;
}

static double first_read_ns(proof_bench *self) {
  const int64_t start = bench_now_ns();
  get_row(self->verified, 0);
  return (double)(bench_now_ns() - start);
}

static void measure_reads(proof_bench *self) {
  self->verified = open_with(self, SS_READS_VERIFIED);
  const bench_comparison first = {first_read_ns(self), verify_ns(self->plain.store)};
  char label[64];
  (void)snprintf(label, sizeof label, "first verified read of %lld rows, and verify",
                 (long long)self->plain.rows);
  bench_print(label, first);
  bench_print("get, verified and plain",
              bench_compare((bench_subject){run_verified, self}, (bench_subject){run_plain, self},
                            OPERATIONS, READ_SLICES));
  ss_store_free(self->verified);
  self->verified = NULL;
}

/* ---- Puts ---------------------------------------------------------------------------------- */

static void put_row(ss_store *store, int64_t row) {
  char name[BENCH_NAME_CAPACITY];
  ss_put_request request;
  ss_error error;
  bench_put_request(row, VALUE_BYTES, name, &request);
  bench_require_ok(ss_put(store, &request, NULL, &error), &error, "put");
}

static void prune(proof_bench *self) {
  ss_settings_request settings;
  ss_cleanup_result result = {0};
  ss_error error;
  ss_settings_request_init(&settings);
  settings.events_min_retention = SS_SET;
  settings.events_min_retention_ms = 0;
  bench_require_ok(ss_change_store_settings(self->plain.store, &settings, NULL, &error), &error,
                   "settings");
  self->now_ms += HOUR_MS;
  put_row(self->plain.store, self->plain.rows); /* pruning goes by the newest event's time */
  while (!result.is_done) {
    bench_require_ok(ss_cleanup_events(self->plain.store, 1000, NULL, &result, &error), &error,
                     "pruning");
  }
}

/* Each of these rows once. */
static void run_over_pruned(void *context, int64_t operations) {
  proof_bench *self = context;
  for (int64_t i = 0; i < operations; i++) put_row(self->plain.store, self->next_pruned++);
}

/* Of rows that were put since. */
static void run_over_known(void *context, int64_t operations) {
  proof_bench *self = context;
  for (int64_t i = 0; i < operations; i++) {
    put_row(self->plain.store,
            (int64_t)(bench_random(&self->random_state) % (uint64_t)self->next_pruned));
  }
}

static void measure_puts(proof_bench *self) {
  char label[64];
  prune(self);
  const int64_t start = bench_now_ns();
  run_over_pruned(self, 1);
  (void)snprintf(label, sizeof label, "first put over a pruned one of %lld rows",
                 (long long)self->plain.rows);
  printf("  %-44s %14.2f ms\n", label, (double)(bench_now_ns() - start) / 1e6);
  bench_print("put over a pruned secret, and over others",
              bench_compare((bench_subject){run_over_pruned, self},
                            (bench_subject){run_over_known, self}, PUTS, PUT_SLICES));
}

void bench_proof(const char *folder) {
  proof_bench self = {.random_state = 4711, .now_ms = 1795478493537};
  self.plain = bench_store_at(folder, "proof", bench_rows(ROWS), VALUE_BYTES, SS_DURABILITY_NORMAL);
  self.plain.store = open_with(&self, SS_READS_PLAIN);
  bench_store_fill(&self.plain);
  measure_reads(&self);
  measure_puts(&self);
  bench_store_close(&self.plain);
  bench_store_delete(&self.plain);
}
