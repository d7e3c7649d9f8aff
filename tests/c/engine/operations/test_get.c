/* What a result of get owns, which only C sees. */
#include <string.h>

#include "support/support.h"

static void put_with_metadata(test_store *self) {
  ss_put_request request;
  ss_error error;
  ss_put_request_init(&request);
  request.name = "A";
  request.value = "value";
  request.value_length = 5;
  request.metadata = SS_SET;
  request.metadata_json = "{\"a\":1}";
  assert_ok(ss_put(self->store, &request, NULL, &error), &error);
}

static ss_status get(test_store *self, const char *name, ss_get_result *result, ss_error *error) {
  ss_get_request request;
  ss_get_request_init(&request);
  request.name = name;
  return ss_get(self->store, &request, result, error);
}

static void value_and_metadata_are_one_allocation_and_each_ends_with_a_nul(void **state) {
  test_store self = test_store_prepare();
  ss_get_result result;
  ss_error error;
  test_store_open(&self);
  put_with_metadata(&self);
  assert_ok(get(&self, "A", &result, &error), &error);
  assert_int_equal(result.reason, SS_OK);
  assert_memory_equal(result.value, "value\0{\"a\":1}", 14);
  assert_int_equal(result.allocated_length, 14);
  assert_ptr_equal(result.metadata_json, result.value + 6);
  ss_get_result_clear(&result);
  assert_null(result.value);
  ss_get_result_clear(&result); /* again is nothing */
  test_store_remove(&self);
}

static void an_empty_value_is_there_and_no_metadata_is_null(void **state) {
  test_store self = test_store_prepare();
  ss_get_result result;
  ss_error error;
  test_store_open(&self);
  test_put(self.store, NULL, "A", "");
  assert_ok(get(&self, "A", &result, &error), &error);
  assert_non_null(result.value);
  assert_int_equal(result.value_length, 0);
  assert_int_equal(result.value[0], '\0');
  assert_null(result.metadata_json);
  ss_get_result_clear(&result);
  test_store_remove(&self);
}

static void assert_zero_but_for_reason(ss_get_result result) {
  assert_null(result.value);
  assert_null(result.metadata_json);
  assert_int_equal(result.value_length, 0);
  assert_int_equal(result.revision, 0);
  assert_int_equal(result.allocated_length, 0);
}

static void without_a_value_nothing_is_owned(void **state) {
  test_store self = test_store_prepare();
  ss_get_result result;
  ss_error error;
  test_store_open(&self);
  assert_ok(get(&self, "none", &result, &error), &error);
  assert_int_equal(result.reason, SS_NOT_FOUND);
  assert_zero_but_for_reason(result);
  test_store_remove(&self);
}

static void a_value_that_does_not_authenticate_leaves_nothing_of_itself(void **state) {
  static const char *const damages[] = {
      "UPDATE secret SET value = x'00'",
      "UPDATE secret SET value = zeroblob(length(value))",
  };
  for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
    test_store self = test_store_prepare();
    ss_get_result result;
    ss_error error;
    test_store_open(&self);
    put_with_metadata(&self);
    test_store_sql(&self, damages[i]);
    assert_fails(get(&self, "A", &result, &error), SS_DECRYPTION_FAILED, &error);
    assert_zero_but_for_reason(result);
    test_store_remove(&self);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(value_and_metadata_are_one_allocation_and_each_ends_with_a_nul),
      cmocka_unit_test(an_empty_value_is_there_and_no_metadata_is_null),
      cmocka_unit_test(without_a_value_nothing_is_owned),
      cmocka_unit_test(a_value_that_does_not_authenticate_leaves_nothing_of_itself),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
