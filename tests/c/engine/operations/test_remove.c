/* What remove reports, and when it needs a key: never. */
#include <string.h>

#include "base/status.h"
#include "engine/store/store.h"
#include "storage/back_end.h"
#include "support/support.h"

static ss_status remove_a(test_store *self, bool *removed, ss_error *error) {
  ss_remove_request request;
  ss_remove_request_init(&request);
  request.name = "A";
  return ss_remove(self->store, &request, removed, error);
}

static ss_status fail_to_commit(void *context, const char *operation, ss_error *error) {
  return strcmp(operation, "commit") == 0 ? error_set(error, SS_STORAGE_FULL, "full") : SS_OK;
}

static void whether_it_was_there_is_reported_if_somebody_asks(void **state) {
  test_store self = test_store_prepare();
  bool removed = false;
  ss_error error;
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  assert_ok(remove_a(&self, &removed, &error), &error);
  assert_true(removed);
  assert_ok(remove_a(&self, &removed, &error), &error);
  assert_false(removed);
  assert_ok(remove_a(&self, NULL, &error), &error);
  test_store_remove(&self);
}

static void a_removal_that_was_not_committed_is_not_reported(void **state) {
  test_store self = test_store_prepare();
  bool removed = true;
  ss_error error;
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  self.store->storage->fault = fail_to_commit;
  assert_fails(remove_a(&self, &removed, &error), SS_STORAGE_FULL, &error);
  assert_false(removed);
  self.store->storage->fault = NULL;
  assert_secret(self.store, NULL, "A", "1");
  test_store_remove(&self);
}

static void a_removal_of_nothing_commits_nothing(void **state) {
  test_store self = test_store_prepare();
  bool removed = true;
  ss_error error;
  test_store_open(&self);
  self.store->storage->fault = fail_to_commit;
  assert_ok(remove_a(&self, &removed, &error), &error);
  assert_false(removed);
  self.store->storage->fault = NULL;
  test_store_remove(&self);
}

static void a_secret_whose_key_is_gone_can_be_removed(void **state) {
  test_store self = test_store_prepare();
  bool removed = false;
  ss_error error;
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  test_store_reopen_with(&self, 2, 1);
  test_put(self.store, NULL, "B", "admits the new key");
  test_store_reopen_with(&self, 2, -1);
  assert_ok(remove_a(&self, &removed, &error), &error);
  assert_true(removed);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(whether_it_was_there_is_reported_if_somebody_asks),
      cmocka_unit_test(a_removal_that_was_not_committed_is_not_reported),
      cmocka_unit_test(a_removal_of_nothing_commits_nothing),
      cmocka_unit_test(a_secret_whose_key_is_gone_can_be_removed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
