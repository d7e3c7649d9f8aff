/* One subject of a comparison with another commit's build: it uses the public API alone, so that one
 * source is compiled against both builds. bench/against/compare.py starts it for each build and asks
 * each in turn for a slice:
 *
 *     subject FOLDER OPERATION ROWS VALUE_BYTES full|normal
 *
 * prints "ready" when its store is filled, then for each line on standard input, a number of
 * operations, the nanoseconds that one of them took. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "secretstore/secretstore.h"

enum { FILL_BATCH = 500, BATCH = 100, VALUE_MAX = 65536, NAME_CAPACITY = 32 };

static const char *const keys[] = {NULL, "0aWsmgFfrC73s0FnNjVRKhUR9B/jfREbJn8DnuxdT1g=",
                                   "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="};
static const char namespace_name[] = "acme:production";
static const unsigned char value[VALUE_MAX];

typedef struct subject {
  char path[512];
  int64_t rows;
  size_t value_bytes;
  ss_durability durability;
  int active_version;
  ss_store *store;
  uint64_t random_state;
} subject;

static void require_ok(ss_status status, const ss_error *error, const char *what) {
  if (status == SS_OK) return;
  (void)fprintf(stderr, "subject: %s: %s (%s)\n", what, error->message, ss_status_name(status));
  exit(1);
}

static int64_t now_ns(void) {
  struct timespec now = {0};
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* xorshift64* (Vigna). */
static int64_t random_row(subject *self) {
  self->random_state ^= self->random_state >> 12;
  self->random_state ^= self->random_state << 25;
  self->random_state ^= self->random_state >> 27;
  return (int64_t)(self->random_state * UINT64_C(2685821657736338717) % (uint64_t)self->rows);
}

static void open_store(subject *self) {
  ss_options *options = NULL;
  ss_error error;
  require_ok(ss_options_new(self->path, &options, &error), &error, "options");
  const int other = self->active_version == 1 ? 2 : 1;
  require_ok(ss_options_add_key(options, self->active_version, keys[self->active_version], &error),
             &error, "key");
  require_ok(ss_options_add_key(options, other, keys[other], &error), &error, "key");
  require_ok(ss_options_set_durability(options, self->durability, &error), &error, "durability");
  require_ok(ss_store_open(options, &self->store, &error), &error, "opening");
  ss_options_free(options);
}

static void close_store(subject *self) {
  ss_store_free(self->store);
  self->store = NULL;
}

static void fill_request(const subject *self, int64_t row, char name[NAME_CAPACITY],
                         ss_put_request *request) {
  (void)snprintf(name, NAME_CAPACITY, "SECRET_%07" PRId64, row);
  ss_put_request_init(request);
  request->namespace_name = namespace_name;
  request->name = name;
  request->value = value;
  request->value_length = self->value_bytes;
}

static void put_rows(subject *self, int64_t first, size_t count, bool at_random) {
  static char names[FILL_BATCH][NAME_CAPACITY];
  static ss_put_request requests[FILL_BATCH];
  ss_error error;
  for (size_t i = 0; i < count; i++) {
    const int64_t row = at_random ? random_row(self) : first + (int64_t)i;
    fill_request(self, row, names[i], &requests[i]);
  }
  require_ok(ss_put_batch(self->store, requests, count, NULL, &error), &error, "a batch");
}

static void fill(subject *self) {
  for (int64_t first = 0; first < self->rows; first += FILL_BATCH) {
    const int64_t left = self->rows - first;
    put_rows(self, first, left < FILL_BATCH ? (size_t)left : FILL_BATCH, false);
  }
}

/* ---- What is measured ---------------------------------------------------------------------- */

static void run_get(subject *self) {
  char name[NAME_CAPACITY];
  (void)snprintf(name, sizeof name, "SECRET_%07" PRId64, random_row(self));
  ss_get_request request;
  ss_get_request_init(&request);
  request.namespace_name = namespace_name;
  request.name = name;
  ss_get_result result;
  ss_error error;
  require_ok(ss_get(self->store, &request, &result, &error), &error, "get");
  ss_get_result_clear(&result);
}

static void run_put(subject *self) {
  char name[NAME_CAPACITY];
  ss_put_request request;
  ss_error error;
  fill_request(self, random_row(self), name, &request);
  require_ok(ss_put(self->store, &request, NULL, &error), &error, "put");
}

static void run_batch(subject *self) { put_rows(self, 0, BATCH, true); }

static void run_open(subject *self) {
  close_store(self);
  open_store(self);
}

static void run_verify(subject *self) {
  ss_verify_report report;
  ss_error error;
  require_ok(ss_verify(self->store, NULL, &report, &error), &error, "verify");
  if (!report.is_intact || report.rows_checked != self->rows) {
    (void)fprintf(stderr, "subject: verify checked %" PRId64 " rows\n", report.rows_checked);
    exit(1);
  }
  ss_verify_report_clear(&report);
}

static void turn_keys(subject *self) {
  close_store(self);
  self->active_version = self->active_version == 1 ? 2 : 1;
  open_store(self);
}

static void run_rotate(subject *self) {
  ss_rotate_all_result result;
  ss_error error;
  require_ok(ss_rotate_all(self->store, NULL, NULL, NULL, &result, &error), &error, "rotate");
}

/* ---- The conversation ---------------------------------------------------------------------- */

typedef struct operation {
  const char *name;
  void (*run)(subject *);
  void (*prepare)(subject *); /* before each slice, outside its time; or NULL */
} operation;

static const operation operations[] = {
    {"get", run_get, NULL},   {"put", run_put, NULL},       {"batch", run_batch, NULL},
    {"open", run_open, NULL}, {"verify", run_verify, NULL}, {"rotate", run_rotate, turn_keys},
};

static const operation *find_operation(const char *name) {
  for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
    if (strcmp(operations[i].name, name) == 0) return &operations[i];
  }
  (void)fprintf(stderr, "subject: no operation '%s'\n", name);
  exit(2);
}

static double slice(subject *self, const operation *measured, int64_t count) {
  if (measured->prepare) measured->prepare(self);
  const int64_t start = now_ns();
  for (int64_t i = 0; i < count; i++) measured->run(self);
  return (double)(now_ns() - start) / (double)count;
}

int main(int count, char **arguments) {
  if (count != 6) {
    (void)fprintf(stderr, "usage: subject FOLDER OPERATION ROWS VALUE_BYTES full|normal\n");
    return 2;
  }
  const operation *measured = find_operation(arguments[2]);
  subject self = {
      .rows = strtoll(arguments[3], NULL, 10),
      .value_bytes = strtoul(arguments[4], NULL, 10),
      .durability = strcmp(arguments[5], "full") == 0 ? SS_DURABILITY_FULL : SS_DURABILITY_NORMAL,
      .active_version = 1,
      .random_state = 4711};
  if (self.rows < 1 || self.value_bytes > VALUE_MAX) return 2;
  (void)snprintf(self.path, sizeof self.path, "%s/store.db", arguments[1]);
  open_store(&self);
  fill(&self);
  puts("ready");
  (void)fflush(stdout);
  char line[32];
  while (fgets(line, sizeof line, stdin)) {
    printf("%.1f\n", slice(&self, measured, strtoll(line, NULL, 10)));
    (void)fflush(stdout);
  }
  close_store(&self);
  return 0;
}
