/* Timing: two subjects in turn, medians, ratios. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench.h"

enum { SLICES_MAX = 101, TRIED_OPERATIONS = 100, TRIED_ROWS = 500 };

static bool only_tries = false;

void bench_only_try(void) { only_tries = true; }

bool bench_only_tries(void) { return only_tries; }

int64_t bench_rows(int64_t rows) { return only_tries ? TRIED_ROWS : rows; }

int64_t bench_now_ns(void) {
  struct timespec now = {0};
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* xorshift64* (Vigna). */
uint64_t bench_random(uint64_t *state) {
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return *state * UINT64_C(2685821657736338717);
}

static double time_one(bench_subject subject, int64_t operations) {
  const int64_t start = bench_now_ns();
  subject.run(subject.context, operations);
  return (double)(bench_now_ns() - start) / (double)operations;
}

static int compare_doubles(const void *a, const void *b) {
  const double x = *(const double *)a;
  const double y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *numbers, int count) {
  qsort(numbers, (size_t)count, sizeof *numbers, compare_doubles);
  return numbers[count / 2];
}

bench_comparison bench_compare(bench_subject ours, bench_subject floor, int64_t operations,
                               int slices) {
  double ours_ns[SLICES_MAX];
  double floor_ns[SLICES_MAX];
  bench_require(slices <= SLICES_MAX, "at most 101 slices");
  if (only_tries) slices = 1;
  if (only_tries && operations > TRIED_OPERATIONS) operations = TRIED_OPERATIONS;
  (void)time_one(ours, operations); /* warms caches and pools */
  (void)time_one(floor, operations);
  for (int i = 0; i < slices; i++) {
    ours_ns[i] = time_one(ours, operations);
    floor_ns[i] = time_one(floor, operations);
  }
  return (bench_comparison){median(ours_ns, slices), median(floor_ns, slices)};
}

void bench_print(const char *label, bench_comparison comparison) {
  printf("  %-44s ours %9.2f us   floor %9.2f us   ratio %5.2f\n", label, comparison.ours_ns / 1000,
         comparison.floor_ns / 1000, comparison.ours_ns / comparison.floor_ns);
  (void)fflush(stdout);
}
