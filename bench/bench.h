/* What the benches share: options, stores to measure on, timing, and printing of ratios. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "secretstore/secretstore.h"

/* ---- Stores (fixture.c) -------------------------------------------------------------------- */

/* A store with rows secrets of value_bytes each, named SECRET_0000000 and on, in one namespace. */
typedef struct bench_store {
  char path[512];
  int64_t rows;
  size_t value_bytes;
  ss_durability durability;
  ss_store *store;
} bench_store;

#define BENCH_NAMESPACE "acme:production"
enum { BENCH_NAME_CAPACITY = 32 };

/* Exits with a message if anything fails: a bench has nobody to report to. */
void bench_require(bool condition, const char *what);
void bench_require_ok(ss_status status, const ss_error *error, const char *what);

/* Not made yet; what was left there is gone. */
bench_store bench_store_at(const char *folder, const char *label, int64_t rows, size_t value_bytes,
                           ss_durability durability);
/* Made and filled. */
bench_store bench_store_new(const char *folder, const char *label, int64_t rows, size_t value_bytes,
                            ss_durability durability);
void bench_store_open(bench_store *self);
void bench_store_fill(bench_store *self);
void bench_store_close(bench_store *self);
void bench_store_delete(bench_store *self);
/* Another store of the same contents, so that a floor can write to it. */
bench_store bench_store_copy(const bench_store *original, const char *folder, const char *label);

void bench_name(int64_t row, char name[BENCH_NAME_CAPACITY]);
/* A put of bench_value's first bytes to that row; the name must live as long. */
void bench_put_request(int64_t row, size_t value_bytes, char name[BENCH_NAME_CAPACITY],
                       ss_put_request *request);
const unsigned char *bench_key(void);
const char *bench_key_text(void);
/* A value of that length; the bytes do not matter. Static. */
const unsigned char *bench_value(void);

/* A connection with the settings of the library's own. */
sqlite3 *bench_connection(const char *path, ss_durability durability);

/* ---- Timing (measure.c) -------------------------------------------------------------------- */

int64_t bench_now_ns(void);

/* A repeatable sequence of row numbers. */
uint64_t bench_random(uint64_t *state);

/* Something to be measured: run operations times. */
typedef struct bench_subject {
  void (*run)(void *context, int64_t operations);
  void *context;
} bench_subject;

/* Runs both in turn, slice by slice, so that both meet the same weather, and gives the median
 * nanoseconds per operation of each. */
typedef struct bench_comparison {
  double ours_ns;
  double floor_ns;
} bench_comparison;
bench_comparison bench_compare(bench_subject ours, bench_subject floor, int64_t operations,
                               int slices);

/* From now on everything is done once and few times, on few rows, to see whether it works: the figures
 * mean nothing. */
void bench_only_try(void);
bool bench_only_tries(void);
/* So many rows, or few. */
int64_t bench_rows(int64_t rows);

/* "  label   ours us   floor us   ratio". */
void bench_print(const char *label, bench_comparison comparison);

/* ---- Benches ------------------------------------------------------------------------------- */

void bench_get(bench_store *store, int threads);
void bench_put(bench_store *ours, bench_store *floor);
void bench_list(bench_store *store);
void bench_policy(bench_store *store, const char *folder);
void bench_rotate(const char *folder);
void bench_proof(const char *folder);
void bench_space(const char *folder);
void bench_write_ahead_log(bench_store *store);

#endif
