/* The runner: which stores, which benches, in which order. Prints ratios against floors that are
 * measured in the same run; absolute times are this machine's only. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

enum { THREADS_FEW = 1, THREADS_MANY = 4, LISTED_ROWS = 10000 };

static const int64_t DATABASE_BYTES_MAX = INT64_C(1) << 30;

typedef struct bench_options {
  bool one_million;
  bool quick;
  bool only_try;
  const char *only; /* NULL: all */
} bench_options;

static const char usage[] =
    "usage: secretstore_bench [--quick] [--million] [--try]\n"
    "                         [--only get|put|list|policy|rotate|proof|space]\n"
    "  --quick    1 KiB values and 100,000 rows only\n"
    "  --try      everything once, on small stores: whether it works, not how fast\n"
    "  --million  also 1,000,000 rows of 32 B and 1 KiB\n";

static bool wanted(const bench_options *options, const char *bench) {
  return options->only == NULL || strcmp(options->only, bench) == 0;
}

static void run_on(const bench_options *options, const char *folder, int64_t rows,
                   size_t value_bytes) {
  if ((int64_t)value_bytes * rows > DATABASE_BYTES_MAX && rows < 1000000) {
    printf("  %zu B x %lld rows: left out, over 1 GiB of database\n", value_bytes, (long long)rows);
    return;
  }
  bench_store ours = bench_store_new(folder, "ours", rows, value_bytes, SS_DURABILITY_NORMAL);
  if (wanted(options, "get")) {
    bench_get(&ours, THREADS_FEW);
    bench_get(&ours, THREADS_MANY);
  }
  if (wanted(options, "list") && (rows > LISTED_ROWS || bench_only_tries())) bench_list(&ours);
  const bool is_policys = (rows > LISTED_ROWS || bench_only_tries()) && value_bytes == 1024;
  if (wanted(options, "policy") && is_policys) bench_policy(&ours, folder);
  if (wanted(options, "space")) bench_write_ahead_log(&ours);
  if (wanted(options, "put")) {
    bench_store floor = bench_store_copy(&ours, folder, "floor");
    bench_put(&ours, &floor);
    bench_store_delete(&floor);
  }
  bench_store_close(&ours);
  bench_store_delete(&ours);
}

/* The benches that measure on stores of every size. */
static bool wants_stores(const bench_options *options) {
  return wanted(options, "get") || wanted(options, "policy") || wanted(options, "put") ||
         wanted(options, "list") || wanted(options, "space");
}

static void try_all(const bench_options *options, const char *folder) {
  bench_only_try();
  if (wants_stores(options)) run_on(options, folder, bench_rows(LISTED_ROWS), 1024);
}

static void measure_all(const bench_options *options, const char *folder) {
  static const size_t sizes[] = {32, 1024, 65536};
  static const int64_t row_counts[] = {1000, 100000, 1000000};
  for (size_t r = 0; r < sizeof row_counts / sizeof row_counts[0]; r++) {
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
      const bool million = row_counts[r] == 1000000;
      if (!wants_stores(options)) continue;
      if (million && (!options->one_million || sizes[s] > 1024)) continue;
      if (options->quick && (sizes[s] != 1024 || row_counts[r] != 100000)) continue;
      run_on(options, folder, row_counts[r], sizes[s]);
    }
  }
}

static void run_all(const bench_options *options, const char *folder) {
  if (options->only_try) {
    try_all(options, folder);
  } else {
    measure_all(options, folder);
  }
  if (wanted(options, "rotate")) bench_rotate(folder);
  if (wanted(options, "proof")) bench_proof(folder);
  if (wanted(options, "space")) bench_space(folder);
}

static bool parse(int count, char **arguments, bench_options *options) {
  static const struct option known[] = {
      {"quick", no_argument, NULL, 'q'},
      {"million", no_argument, NULL, 'm'},
      {"try", no_argument, NULL, 't'},
      {"only", required_argument, NULL, 'o'},
      {0},
  };
  for (int option; (option = getopt_long(count, arguments, "", known, NULL)) != -1;) {
    switch (option) {
      case 'q': options->quick = true; break;
      case 'm': options->one_million = true; break;
      case 't': options->only_try = true; break;
      case 'o': options->only = optarg; break;
      default: return false;
    }
  }
  return optind == count;
}

int main(int count, char **arguments) {
  bench_options options = {0};
  if (!parse(count, arguments, &options)) {
    (void)fputs(usage, stderr);
    return 2;
  }
  char folder[] = "/tmp/secretstore-bench-XXXXXX";
  bench_require(mkdtemp(folder) != NULL, "a temporary folder");
  printf("secretstore %s, durability normal, medians of slices taken in turn\n",
         ss_version_string());
  run_all(&options, folder);
  (void)rmdir(folder);
  return 0;
}
