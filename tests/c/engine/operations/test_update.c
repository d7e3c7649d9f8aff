/* What update reports, and what it leaves of a row: its sealed value. */
#include <string.h>

#include "base/status.h"
#include "engine/store/store.h"
#include "storage/back_end.h"
#include "support/support.h"

static ss_status update_a(test_store *self, ss_update_result *result, ss_error *error) {
  ss_update_request request;
  ss_update_request_init(&request);
  request.name = "A";
  request.metadata = SS_SET;
  request.metadata_json = "{\"a\":1}";
  return ss_update(self->store, &request, result, error);
}

static ss_status fail_to_commit(void *context, const char *operation, ss_error *error) {
  return strcmp(operation, "commit") == 0 ? error_set(error, SS_STORAGE_FULL, "full") : SS_OK;
}

static void an_update_reports_the_row_as_it_is_then(void **state) {
  test_store self = test_store_prepare();
  ss_update_result result;
  ss_error error;
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  self.clock->now_ms++;
  assert_ok(update_a(&self, &result, &error), &error);
  assert_true(result.updated);
  assert_int_equal(result.revision, 2);
  assert_int_equal(result.updated_at, TEST_NOW + 1);
  assert_int_equal(result.expires_at, SS_NO_EXPIRY);
  assert_ok(update_a(&self, NULL, &error), &error);
  test_store_remove(&self);
}

static void an_update_of_nothing_or_without_commit_reports_nothing(void **state) {
  test_store self = test_store_prepare();
  ss_update_result result = {.updated = true, .revision = 9};
  ss_error error;
  test_store_open(&self);
  assert_ok(update_a(&self, &result, &error), &error);
  assert_false(result.updated);
  assert_int_equal(result.revision, 0);
  test_put(self.store, NULL, "A", "1");
  self.store->storage->fault = fail_to_commit;
  assert_fails(update_a(&self, &result, &error), SS_STORAGE_FULL, &error);
  assert_false(result.updated);
  assert_int_equal(result.revision, 0);
  self.store->storage->fault = NULL;
  test_store_remove(&self);
}

static void the_sealed_value_stays_and_its_wrap_is_another(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  test_store_sql(&self, "CREATE TABLE aside.old AS SELECT * FROM secret");
  assert_ok(update_a(&self, NULL, &error), &error);
  assert_int_equal(
      test_store_number(&self,
                        "SELECT count(*) FROM secret AS s, old AS o WHERE s.value = o.value"
                        " AND s.iv = o.iv AND s.dek_iv <> o.dek_iv"
                        " AND s.wrapped_dek <> o.wrapped_dek"),
      1);
  assert_secret(self.store, NULL, "A", "1");
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_update_reports_the_row_as_it_is_then),
      cmocka_unit_test(an_update_of_nothing_or_without_commit_reports_nothing),
      cmocka_unit_test(the_sealed_value_stays_and_its_wrap_is_another),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
