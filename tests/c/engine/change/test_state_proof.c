/* Proofs of rows whose events were pruned: outside of the lock, and under it where that does not
 * come to an end. */
#include "engine/change/state_proof.h"

#include <stdio.h>
#include <string.h>

#include "support/support.h"

/* More than a handle keeps proofs of. */
enum { NAMESPACES = STATE_MAPS + 4, SECRETS = 3, REQUESTS = NAMESPACES * SECRETS };

static char names[REQUESTS][2][16];
static ss_put_request requests[REQUESTS];

static void fill_requests(const char *value) {
  for (int i = 0; i < REQUESTS; i++) {
    (void)snprintf(names[i][0], sizeof names[i][0], "n%02d", i / SECRETS);
    (void)snprintf(names[i][1], sizeof names[i][1], "S%d", i % SECRETS);
    ss_put_request_init(&requests[i]);
    requests[i].namespace_name = names[i][0];
    requests[i].name = names[i][1];
    requests[i].value = (const unsigned char *)value;
    requests[i].value_length = strlen(value);
  }
}

static void put_all(test_store *self, const char *value) {
  ss_error error;
  fill_requests(value);
  assert_ok(ss_put_batch(self->store, requests, REQUESTS, NULL, &error), &error);
}

/* All events of the secrets: a namespace's newest one, which stays, is of another secret. */
static void prune_all(test_store *self) {
  ss_cleanup_result result = {0};
  ss_error error;
  self->clock->now_ms += 5000;
  for (int i = 0; i < NAMESPACES; i++) test_put(self->store, names[i * SECRETS][0], "LATER", "x");
  while (!result.is_done) {
    assert_ok(ss_cleanup_events(self->store, 1, NULL, &result, &error), &error);
  }
}

static test_store with_pruned(void) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  test_allow_pruning(self.store);
  put_all(&self, "old");
  prune_all(&self);
  assert_int_equal(test_store_number(&self, "SELECT count(*) FROM event WHERE type = 1"),
                   NAMESPACES);
  return self;
}

static void assert_all(test_store *self, const char *value) {
  for (int i = 0; i < REQUESTS; i++) assert_secret(self->store, names[i][0], names[i][1], value);
  assert_true(test_store_is_intact(self->store));
}

static void one_transaction_may_be_about_more_namespaces_than_proofs_are_kept_of(void **state) {
  test_store self = with_pruned();
  (void)state;
  put_all(&self, "new");
  assert_all(&self, "new");
  put_all(&self, "newer");
  assert_all(&self, "newer");
  test_store_remove(&self);
}

/* The last namespace is proved under the lock. */
static void what_was_put_back_is_found_under_the_lock_too(void **state) {
  static const char keep_old[] =
      "CREATE TABLE aside.old AS SELECT * FROM secret WHERE name = 'S1' AND namespace ="
      " (SELECT max(id) FROM namespace)";
  static const char put_back[] =
      "UPDATE secret SET (revision, updated_at, iv, value_digest, dek_iv, wrapped_dek, value) ="
      " (SELECT revision, updated_at, iv, value_digest, dek_iv, wrapped_dek, value FROM aside.old)"
      " WHERE id = (SELECT id FROM aside.old)";
  test_store self = test_store_prepare();
  ss_error error;
  (void)state;
  test_store_open(&self);
  test_allow_pruning(self.store);
  put_all(&self, "oldest");
  test_store_close(&self);
  test_store_sql(&self, keep_old);
  test_store_open(&self);
  put_all(&self, "old");
  prune_all(&self);
  test_store_close(&self);
  test_store_sql(&self, put_back);
  test_store_open(&self);
  fill_requests("new");
  assert_fails(ss_put_batch(self.store, requests, REQUESTS, NULL, &error), SS_INTEGRITY_VIOLATION,
               &error);
  assert_secret(self.store, "n00", "S0", "old");
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_transaction_may_be_about_more_namespaces_than_proofs_are_kept_of),
      cmocka_unit_test(what_was_put_back_is_found_under_the_lock_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
