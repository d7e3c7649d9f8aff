/* Space: bytes of file per secret and event, and bytes of write-ahead log per put. */
#include <stdio.h>
#include <sys/stat.h>

#include "bench.h"

enum { ROWS = 100000, SMALL_VALUE = 32, LOGGED_PUTS = 300 };

static int64_t file_bytes(const char *path, const char *suffix) {
  char name[600];
  struct stat information;
  (void)snprintf(name, sizeof name, "%s%s", path, suffix);
  bench_require(stat(name, &information) == 0, "the size of a file");
  return information.st_size;
}

static void checkpoint(const bench_store *store) {
  sqlite3 *database = bench_connection(store->path, store->durability);
  bench_require(
      sqlite3_exec(database, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL) == SQLITE_OK,
      "a checkpoint");
  (void)sqlite3_close(database);
}

void bench_space(const char *folder) {
  const int64_t rows = bench_rows(ROWS);
  bench_store store = bench_store_new(folder, "space", rows, SMALL_VALUE, SS_DURABILITY_NORMAL);
  bench_store_close(&store);
  const double bytes = (double)file_bytes(store.path, "") / (double)rows - SMALL_VALUE;
  printf("  %-44s %14.0f B\n", "file per secret and event, beside 32 B value", bytes);
  bench_store_delete(&store);
}

static double logged_per_put(bench_store *store, int64_t first_row) {
  checkpoint(store);
  ss_error error;
  for (int64_t i = 0; i < LOGGED_PUTS; i++) {
    char name[BENCH_NAME_CAPACITY];
    ss_put_request request;
    bench_put_request(first_row + i * 37 % store->rows, store->value_bytes, name, &request);
    bench_require_ok(ss_put(store->store, &request, NULL, &error), &error, "put");
  }
  return (double)file_bytes(store->path, "-wal") / LOGGED_PUTS / 1024;
}

void bench_write_ahead_log(bench_store *store) {
  printf("  %-44s %14.1f KiB\n", "log per overwriting put", logged_per_put(store, 0));
  printf("  %-44s %14.1f KiB\n", "log per creating put", logged_per_put(store, 10 * store->rows));
}
