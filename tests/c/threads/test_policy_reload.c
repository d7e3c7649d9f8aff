/* Eight threads under a policy that is exchanged all the time: every operation is judged by exactly
 * one version of it, from its first hook to its last. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "support/support.h"

enum { THREADS = 8, RUN_MS = 1500, VERSIONS = 4 };

/* Each hook leaves its version's number; all three must agree. */
static const char text[] =
    "local version = %d\n"
    "return {\n"
    "  normalize = function(r) return { normalized_by = version } end,\n"
    "  authorize = function(r)\n"
    "    if r.operation ~= 'put' or r.metadata.normalized_by == version then return true end\n"
    "    return false, 'normalized by another version'\n"
    "  end,\n"
    "  enrich = function(e, r)\n"
    "    if r.metadata and r.operation == 'put' and r.metadata.normalized_by ~= version then\n"
    "      error('enriched by another version')\n"
    "    end\n"
    "    return { enriched_by = version }\n"
    "  end,\n"
    "}\n";

typedef struct crew {
  ss_store *store;
  atomic_bool stop;
  atomic_bool failed;
  atomic_long calls;
} crew;

static void expect(crew *of, ss_status status, const ss_error *error) {
  if (status == SS_OK) return;
  if (!atomic_exchange(&of->failed, true)) (void)fprintf(stderr, "%s\n", error->message);
  atomic_store(&of->stop, true);
}

static void *work(void *context) {
  crew *of = context;
  ss_put_request put;
  ss_get_request get;
  ss_error error;
  ss_put_request_init(&put);
  put.name = "A";
  put.value = "v";
  put.value_length = 1;
  ss_get_request_init(&get);
  get.name = "A";
  for (long i = 0; !atomic_load(&of->stop); i++) {
    ss_get_result result;
    expect(of, ss_put(of->store, &put, NULL, &error), &error);
    expect(of, ss_get(of->store, &get, &result, &error), &error);
    ss_get_result_clear(&result);
    atomic_fetch_add(&of->calls, 1);
  }
  return NULL;
}

static void load_version(crew *of, int version) {
  char filled[sizeof text + 16];
  ss_error error;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  (void)snprintf(filled, sizeof filled, text, version);
#pragma GCC diagnostic pop
  const ss_policy_source source = {"policy.lua", filled, strlen(filled)};
  expect(of, ss_policy_reload(of->store, &source, &error), &error);
}

static void every_operation_is_judged_by_one_version(void **state) {
  test_store self = test_store_prepare();
  pthread_t threads[THREADS];
  crew of = {0};
  self.durability = SS_DURABILITY_NORMAL;
  test_store_open(&self);
  of.store = self.store;
  load_version(&of, 0);
  for (int i = 0; i < THREADS; i++) {
    assert_int_equal(pthread_create(&threads[i], NULL, work, &of), 0);
  }
  int reloads = 0;
  for (; reloads < RUN_MS / 5 && !atomic_load(&of.stop); reloads++) {
    const struct timespec pause = {0, 5000000};
    load_version(&of, 1 + reloads % VERSIONS);
    (void)nanosleep(&pause, NULL);
  }
  atomic_store(&of.stop, true);
  for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
  assert_false(atomic_load(&of.failed));
  print_message("%ld rounds under %d policies\n", atomic_load(&of.calls), reloads);
  assert_true(atomic_load(&of.calls) > 0);
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_operation_is_judged_by_one_version)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
