/* The wrap budget: counted in blocks, warned about at half, refused at the limit. */
#include <stdio.h>
#include <string.h>

#include "support/support.h"

typedef struct caught_log {
  int warnings;
  char last[1024];
} caught_log;

static void catch_line(void *context, ss_log_level level, const char *message) {
  caught_log *caught = context;
  if (level == SS_LOG_WARN) caught->warnings++;
  (void)snprintf(caught->last, sizeof caught->last, "%s", message);
}

static void open_with_log(test_store *self, caught_log *caught) {
  ss_options *options = test_store_options(self);
  ss_error error;
  assert_ok(ss_options_set_log(options, SS_LOG_WARN, catch_line, caught, &error), &error);
  assert_ok(ss_store_open(options, &self->store, &error), &error);
  ss_options_free(options);
}

static ss_status put_once(ss_store *store, ss_error *error) {
  ss_put_request request;
  ss_put_request_init(&request);
  request.name = "A";
  request.value = "v";
  request.value_length = 1;
  return ss_put(store, &request, NULL, error);
}

static int64_t reserved(const test_store *self) {
  return test_store_number(self, "SELECT wraps_reserved FROM kek WHERE version = 1");
}

static void one_put_counts_one_wrap(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  test_store_open(&self);
  const int64_t before = reserved(&self);
  assert_int_equal(before, 1); /* the audit key */
  assert_ok(put_once(self.store, &error), &error);
  assert_int_equal(reserved(&self), before + 1);
  test_store_remove(&self);
}

static void blocks_grow_and_never_count_less_than_was_used(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  test_store_open(&self);
  const int64_t before = reserved(&self);
  for (int i = 1; i <= 3000; i++) {
    assert_ok(put_once(self.store, &error), &error);
    if (i % 500 == 0) assert_true(reserved(&self) - before >= i);
  }
  assert_true(reserved(&self) - before <= 2 * 3000 + 1024);
  test_store_remove(&self);
}

static void an_update_counts_a_wrap(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  ss_update_request request;
  ss_update_result result;
  test_store_open(&self);
  assert_ok(put_once(self.store, &error), &error);
  test_store_close(&self);
  test_store_open(&self);
  const int64_t before = reserved(&self);
  ss_update_request_init(&request);
  request.name = "A";
  request.ttl = SS_CLEAR;
  assert_ok(ss_update(self.store, &request, &result, &error), &error);
  assert_int_equal(reserved(&self), before + 1);
  test_store_remove(&self);
}

static void a_failed_put_takes_no_block(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  ss_put_request request;
  test_store_open(&self);
  const int64_t before = reserved(&self);
  ss_put_request_init(&request);
  request.name = "A";
  request.if_revision = 4;
  for (int i = 0; i < 5; i++)
    assert_fails(ss_put(self.store, &request, NULL, &error), SS_CONFLICT, &error);
  assert_int_equal(reserved(&self), before);
  test_store_remove(&self);
}

static void the_log_warns_once_at_half_of_the_budget(void **state) {
  test_store self = test_store_prepare();
  caught_log caught = {0};
  ss_error error;
  test_store_open(&self);
  test_store_close(&self);
  test_store_sql(&self, "UPDATE kek SET wraps_reserved = 2147483646");
  open_with_log(&self, &caught);
  for (int i = 0; i < 20; i++) assert_ok(put_once(self.store, &error), &error);
  assert_int_equal(caught.warnings, 1);
  assert_non_null(strstr(caught.last, "half"));
  test_store_remove(&self);
}

static void the_last_wraps_are_used_and_then_refused(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  test_store_open(&self);
  test_store_sql(&self, "UPDATE kek SET wraps_reserved = 4294967296 - 5");
  for (int i = 0; i < 5; i++) assert_ok(put_once(self.store, &error), &error);
  assert_fails(put_once(self.store, &error), SS_KEY_VERSION_UNAVAILABLE, &error);
  assert_non_null(strstr(error.message, "rotate"));
  assert_secret(self.store, NULL, "A", "v");
  assert_int_equal(reserved(&self), INT64_C(4294967296));
  test_store_remove(&self);
}

static void a_new_key_version_has_a_budget_of_its_own(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  test_store_open(&self);
  assert_ok(put_once(self.store, &error), &error);
  test_store_sql(&self, "UPDATE kek SET wraps_reserved = 4294967296");
  test_store_reopen_with(&self, 2, 1);
  assert_ok(put_once(self.store, &error), &error);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_put_counts_one_wrap),
      cmocka_unit_test(blocks_grow_and_never_count_less_than_was_used),
      cmocka_unit_test(an_update_counts_a_wrap),
      cmocka_unit_test(a_failed_put_takes_no_block),
      cmocka_unit_test(the_log_warns_once_at_half_of_the_budget),
      cmocka_unit_test(the_last_wraps_are_used_and_then_refused),
      cmocka_unit_test(a_new_key_version_has_a_budget_of_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
