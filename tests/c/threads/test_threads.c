/* Many threads on one store: no update is lost, every read is whole, the chain stays unbroken, and
 * closing waits for whoever is inside. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "support/support.h"

enum { THREADS = 8, COUNTERS = 3, RUN_SECONDS = 3, VALUE_BYTES = 700 };

typedef struct crew {
  ss_store *store;
  atomic_bool stop;
  atomic_bool failed;
  atomic_long increments[COUNTERS];
  atomic_long reads;
  atomic_long listings;
} crew;

static void expect(crew *of, bool condition, const char *what, const ss_error *error) {
  if (condition) return;
  if (!atomic_exchange(&of->failed, true)) {
    (void)fprintf(stderr, "%s: %s\n", what, error == NULL ? "" : error->message);
  }
  atomic_store(&of->stop, true);
}

/* A value is one digit repeated, so that a torn one shows. */
static void fill_value(char value[VALUE_BYTES], int64_t revision) {
  memset(value, (int)('0' + revision % 10), VALUE_BYTES);
}

static void read_counter(crew *of, int counter, int64_t *revision) {
  char name[16];
  char expected[VALUE_BYTES];
  ss_get_request request;
  ss_get_result result;
  ss_error error;
  (void)snprintf(name, sizeof name, "C%d", counter);
  ss_get_request_init(&request);
  request.namespace_name = counter == 0 ? NULL : "busy";
  request.name = name;
  expect(of, ss_get(of->store, &request, &result, &error) == SS_OK, "get", &error);
  fill_value(expected, result.revision);
  const bool whole =
      result.reason == SS_NOT_FOUND ||
      (result.value_length == VALUE_BYTES && memcmp(result.value, expected, VALUE_BYTES) == 0);
  expect(of, whole, "a torn value", NULL);
  *revision = result.revision;
  ss_get_result_clear(&result);
  atomic_fetch_add(&of->reads, 1);
}

static void increment_counter(crew *of, int counter) {
  int64_t revision = 0;
  char name[16];
  char value[VALUE_BYTES];
  ss_put_request request;
  ss_error error;
  read_counter(of, counter, &revision);
  fill_value(value, revision + 1);
  (void)snprintf(name, sizeof name, "C%d", counter);
  ss_put_request_init(&request);
  request.namespace_name = counter == 0 ? NULL : "busy";
  request.name = name;
  request.value = value;
  request.value_length = sizeof value;
  request.if_revision = revision;
  const ss_status status = ss_put(of->store, &request, NULL, &error);
  if (status == SS_OK) atomic_fetch_add(&of->increments[counter], 1);
  expect(of, status == SS_OK || status == SS_CONFLICT, "put", &error);
}

static void list_all(crew *of) {
  ss_list_request request;
  ss_secret_page page;
  ss_error error;
  ss_list_request_init(&request);
  request.namespace_name = "busy";
  expect(of, ss_list(of->store, &request, &page, &error) == SS_OK, "list", &error);
  expect(of, page.count <= COUNTERS, "a repeated row", NULL);
  ss_secret_page_clear(&page);
  ss_events_request events;
  ss_event_page event_page;
  ss_events_request_init(&events);
  events.num_items = 20;
  expect(of, ss_list_events(of->store, &events, &event_page, &error) == SS_OK, "events", &error);
  for (size_t i = 1; i < event_page.count; i++) {
    const bool descending = event_page.items[i].sequence == event_page.items[i - 1].sequence - 1;
    expect(of, descending, "a gap between events", NULL);
  }
  ss_event_page_clear(&event_page);
  atomic_fetch_add(&of->listings, 1);
}

static void *work(void *context) {
  crew *of = context;
  for (int round = 0; !atomic_load(&of->stop); round++) {
    int64_t revision = 0;
    increment_counter(of, round % COUNTERS);
    read_counter(of, (round + 1) % COUNTERS, &revision);
    if (round % 8 == 0) list_all(of);
  }
  return NULL;
}

static void run_crew(crew *of) {
  pthread_t threads[THREADS];
  const struct timespec duration = {RUN_SECONDS, 0};
  for (int i = 0; i < THREADS; i++) {
    assert_int_equal(pthread_create(&threads[i], NULL, work, of), 0);
  }
  (void)nanosleep(&duration, NULL);
  atomic_store(&of->stop, true);
  for (int i = 0; i < THREADS; i++) (void)pthread_join(threads[i], NULL);
}

static void eight_threads_lose_no_update_and_break_no_chain(void **state) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  crew of = {.store = self.store};
  run_crew(&of);
  assert_false(atomic_load(&of.failed));
  for (int i = 0; i < COUNTERS; i++) {
    int64_t revision = 0;
    read_counter(&of, i, &revision);
    assert_int_equal(revision, atomic_load(&of.increments[i]));
    assert_true(revision > 0);
  }
  assert_true(atomic_load(&of.reads) > 0 && atomic_load(&of.listings) > 0);
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

static void eight_threads_share_a_store_in_memory(void **state) {
  test_store self = test_store_prepare();
  (void)snprintf(self.path, sizeof self.path, ":memory:");
  test_store_open(&self);
  crew of = {.store = self.store};
  run_crew(&of);
  assert_false(atomic_load(&of.failed));
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

/* ---- Closing ------------------------------------------------------------------------------- */

typedef struct user {
  ss_store *store;
  atomic_long calls;
  ss_status last;
} user;

static void *use_until_closed(void *context) {
  user *of = context;
  do {
    ss_get_request request;
    ss_get_result result;
    ss_get_request_init(&request);
    request.name = "A";
    of->last = ss_get(of->store, &request, &result, NULL);
    ss_get_result_clear(&result);
    atomic_fetch_add(&of->calls, 1);
  } while (of->last == SS_OK);
  return NULL;
}

static void close_waits_for_calls_and_ends_the_rest(void **state) {
  for (int round = 0; round < 20; round++) {
    test_store self = test_store_prepare();
    test_store_open(&self);
    test_put(self.store, NULL, "A", "v");
    user users[4] = {0};
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
      users[i].store = self.store;
      assert_int_equal(pthread_create(&threads[i], NULL, use_until_closed, &users[i]), 0);
    }
    while (atomic_load(&users[0].calls) < 5) (void)nanosleep(&(struct timespec){0, 100000}, NULL);
    ss_store_close(self.store);
    for (int i = 0; i < 4; i++) {
      (void)pthread_join(threads[i], NULL);
      assert_int_equal(users[i].last, SS_CLOSED);
    }
    test_store_remove(&self);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(eight_threads_lose_no_update_and_break_no_chain),
      cmocka_unit_test(eight_threads_share_a_store_in_memory),
      cmocka_unit_test(close_waits_for_calls_and_ends_the_rest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
