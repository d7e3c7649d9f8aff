/* The bare C call for bench_get.py: opens a store, then, for each line on standard input, reads so
 * many secrets one after the other and prints how many nanoseconds they took. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "secretstore/secretstore.h"

enum { NAMES = 1000, NAME_CAPACITY = 16 };

static int64_t now_ns(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static ss_status read_one(ss_store *store, int64_t number, ss_error *error) {
  char name[NAME_CAPACITY];
  (void)snprintf(name, sizeof name, "N%d", (int)(number % NAMES));
  ss_get_request request;
  ss_get_result result;
  ss_get_request_init(&request);
  request.namespace_name = "acme:production";
  request.name = name;
  const ss_status status = ss_get_or_throw(store, &request, &result, error);
  if (status == SS_OK) ss_get_result_clear(&result);
  return status;
}

static ss_status read_many(ss_store *store, int64_t count, ss_error *error) {
  const int64_t start = now_ns();
  for (int64_t i = 0; i < count; i++) {
    const ss_status status = read_one(store, i, error);
    if (status != SS_OK) return status;
  }
  printf("%lld\n", (long long)(now_ns() - start));
  (void)fflush(stdout);
  return SS_OK;
}

int main(int argc, char **argv) {
  ss_options *options = NULL;
  ss_store *store = NULL;
  ss_error error = {.code = SS_OK};
  char line[32];
  if (argc != 3) {
    (void)fprintf(stderr, "usage: secretstore_get_loop STORE BASE64_KEY\n");
    return EXIT_FAILURE;
  }
  ss_status status = ss_options_new(argv[1], &options, &error);
  if (status == SS_OK) status = ss_options_add_key(options, 1, argv[2], &error);
  if (status == SS_OK) status = ss_store_open(options, &store, &error);
  ss_options_free(options);
  while (status == SS_OK && fgets(line, sizeof line, stdin) != NULL) {
    status = read_many(store, strtoll(line, NULL, 10), &error);
  }
  if (status != SS_OK) (void)fprintf(stderr, "%s\n", error.message);
  ss_store_free(store);
  return status == SS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
