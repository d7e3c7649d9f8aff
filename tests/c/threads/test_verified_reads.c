/* Verified reads by several threads, while two handles write: no read finds tampering. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "support/support.h"

static test_store prepared(void) {
  test_store self = test_store_prepare();
  ss_error error;
  ss_options *options = test_store_options(&self);
  assert_ok(ss_options_set_reads(options, SS_READS_VERIFIED, &error), &error);
  assert_ok(ss_store_open(options, &self.store, &error), &error);
  ss_options_free(options);
  for (int i = 0; i < 10; i++) {
    char name[16];
    (void)snprintf(name, sizeof name, "S%d", i);
    test_put(self.store, "n", name, "x");
  }
  return self;
}

/* Whether all pages are proved. */
static bool list_all(ss_store *store) {
  ss_list_request request;
  ss_secret_page page;
  ss_error error;
  ss_list_request_init(&request);
  request.namespace_name = "n";
  request.num_items = 4;
  const ss_status status = ss_list(store, &request, &page, &error);
  if (status == SS_OK) ss_secret_page_clear(&page);
  return status == SS_OK;
}

typedef struct readers {
  ss_store *store;
  atomic_bool end;
  atomic_int failures;
} readers;

static void *read_on(void *context) {
  readers *self = context;
  while (!atomic_load(&self->end)) {
    if (test_get_status(self->store, "n", "S3") != SS_OK) atomic_fetch_add(&self->failures, 1);
    if (!list_all(self->store)) atomic_fetch_add(&self->failures, 1);
  }
  return NULL;
}

static void readers_see_no_tampering_where_others_write(void **state) {
  enum { READERS = 3, WRITES = 200 };
  test_store self = prepared();
  readers of = {.store = self.store};
  pthread_t threads[READERS];
  for (int i = 0; i < READERS; i++) {
    assert_int_equal(pthread_create(&threads[i], NULL, read_on, &of), 0);
  }
  test_store other = self;
  test_store_open(&other);
  for (int i = 0; i < WRITES; i++) {
    char name[16];
    (void)snprintf(name, sizeof name, "S%d", i % 7);
    test_put(i % 2 == 0 ? other.store : self.store, "n", name, "x");
  }
  atomic_store(&of.end, true);
  for (int i = 0; i < READERS; i++) (void)pthread_join(threads[i], NULL);
  assert_int_equal(atomic_load(&of.failures), 0);
  test_store_close(&other);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(readers_see_no_tampering_where_others_write),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
