/* Other keys for an open store, while others read. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "support/support.h"

static ss_keyring *keyring_of(int64_t first, int64_t second) {
  ss_keyring *made = NULL;
  ss_error error;
  assert_ok(ss_keyring_new(&made, &error), &error);
  assert_ok(ss_keyring_add_key(made, first, test_key(first), &error), &error);
  if (second >= 0) assert_ok(ss_keyring_add_key(made, second, test_key(second), &error), &error);
  return made;
}

static ss_status reload(ss_store *store, int64_t first, int64_t second, ss_error *error) {
  ss_keyring *keys = keyring_of(first, second);
  const ss_status status = ss_reload_keys(store, keys, error);
  ss_keyring_free(keys);
  return status;
}

static test_store with_secret(void) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  return self;
}

static void a_handle_follows_where_another_rotated(void **state) {
  test_store self = with_secret();
  test_store other = self;
  ss_error error;
  other.keys[0] = 2, other.keys[1] = 1;
  test_store_open(&other);
  assert_ok(ss_rotate_all(other.store, NULL, NULL, NULL, NULL, &error), &error);
  assert_int_equal(test_get_status(self.store, "n", "A"), SS_KEY_VERSION_UNAVAILABLE);
  assert_ok(reload(self.store, 2, 1, &error), &error);
  assert_secret(self.store, "n", "A", "1");
  test_put(self.store, "n", "A", "2");
  assert_int_equal(test_store_number(&self, "SELECT key_version FROM secret"), 2);
  assert_ok(reload(self.store, 2, -1, &error), &error);
  assert_secret(other.store, "n", "A", "2");
  assert_true(test_store_is_intact(self.store));
  test_store_close(&other);
  test_store_remove(&self);
}

static void keys_that_do_not_fit_leave_the_old_ones(void **state) {
  test_store self = with_secret();
  ss_keyring *empty = NULL;
  ss_keyring *impostor = NULL;
  ss_error error;
  assert_fails(reload(self.store, 9, -1, &error), SS_KEY_VERSION_UNAVAILABLE, &error);
  assert_ok(ss_keyring_new(&impostor, &error), &error);
  assert_ok(ss_keyring_add_key(impostor, 1, TEST_OTHER_KEY, &error), &error);
  assert_fails(ss_reload_keys(self.store, impostor, &error), SS_KEY_MISMATCH, &error);
  assert_ok(ss_keyring_new(&empty, &error), &error);
  assert_fails(ss_reload_keys(self.store, empty, &error), SS_INVALID_ARGUMENT, &error);
  assert_fails(ss_reload_keys(self.store, NULL, &error), SS_INVALID_ARGUMENT, &error);
  ss_keyring_free(empty);
  ss_keyring_free(impostor);
  assert_secret(self.store, "n", "A", "1");
  test_put(self.store, "n", "A", "2");
  test_store_remove(&self);
}

enum { READERS = 4, RELOADS = 1000 };

typedef struct reading_thread {
  ss_store *store;
  atomic_bool *stop;
  int64_t reads;
} reading_thread;

static void *read_on(void *context) {
  reading_thread *self = context;
  while (!atomic_load(self->stop)) {
    if (test_get_status(self->store, "n", "A") != SS_OK) return NULL;
    self->reads++;
  }
  return self;
}

static void readers_do_not_notice(void **state) {
  test_store self = with_secret();
  atomic_bool stop = false;
  pthread_t threads[READERS];
  reading_thread readers[READERS];
  ss_error error;
  test_store_reopen_with(&self, 1, 2);
  test_put(self.store, "n", "B", "admits 2");
  for (int i = 0; i < READERS; i++) {
    readers[i] = (reading_thread){.store = self.store, .stop = &stop};
    assert_int_equal(pthread_create(&threads[i], NULL, read_on, &readers[i]), 0);
  }
  for (int i = 0; i < RELOADS; i++) {
    assert_ok(reload(self.store, i % 2 == 0 ? 2 : 1, i % 2 == 0 ? 1 : 2, &error), &error);
    if (i % 50 == 0) test_put(self.store, "n", "B", "again");
  }
  atomic_store(&stop, true);
  for (int i = 0; i < READERS; i++) {
    void *finished = NULL;
    assert_int_equal(pthread_join(threads[i], &finished), 0);
    assert_non_null(finished);
  }
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

/* Maintenance drains under the keys that there are now. */
static void a_drain_goes_on_with_other_keys(void **state) {
  enum { SECRETS = 250 };
  test_store self = with_secret();
  ss_keyring *keys = NULL;
  ss_rotation_status status;
  bool more = true;
  ss_error error;
  for (int i = 0; i < SECRETS; i++) {
    char name[16];
    (void)snprintf(name, sizeof name, "S%d", i);
    test_put(self.store, "n", name, "x");
  }
  test_store_reopen_with(&self, 2, 1);
  assert_ok(ss_maintenance_step(self.store, &more, &error), &error);
  assert_true(more);
  assert_ok(ss_keyring_new(&keys, &error), &error);
  for (int64_t version = 3; version >= 1; version--) {
    assert_ok(ss_keyring_add_key(keys, version, test_key(version), &error), &error);
  }
  assert_ok(ss_reload_keys(self.store, keys, &error), &error);
  ss_keyring_free(keys);
  for (more = true; more;) assert_ok(ss_maintenance_step(self.store, &more, &error), &error);
  assert_ok(ss_get_rotation_status(self.store, &status, &error), &error);
  assert_true(status.is_complete);
  ss_rotation_status_clear(&status);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_handle_follows_where_another_rotated),
      cmocka_unit_test(keys_that_do_not_fit_leave_the_old_ones),
      cmocka_unit_test(a_drain_goes_on_with_other_keys),
      cmocka_unit_test(readers_do_not_notice),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
