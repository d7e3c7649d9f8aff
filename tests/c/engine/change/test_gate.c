/* The gate: open without a policy; what it tells a policy, and when it asks nobody. */
#include "engine/change/gate.h"

#include <string.h>

#include "support/support.h"

static const text_view name = {"A", 1};
static const text_view absent = {0};

static test_store open_with(const char *policy_text) {
  test_store self = test_store_prepare();
  ss_error error;
  test_store_open(&self);
  if (policy_text == NULL) return self;
  const ss_policy_source source = {"policy.lua", policy_text, strlen(policy_text)};
  assert_ok(ss_policy_reload(self.store, &source, &error), &error);
  return self;
}

static const char denies_all[] = "return { authorize = function() return false, \"no\" end }";

static void without_a_policy_it_is_open_and_changes_no_detail(void **state) {
  test_store self = open_with(NULL);
  gate passed ON_SCOPE_EXIT(gate_end) = {0};
  text_view detail = text_view_of("{}");
  ss_error error;
  assert_ok(gate_begin(&passed, self.store, "get", NULL, &error), &error);
  assert_true(gate_is_open(&passed));
  assert_ok(gate_pass(&passed, absent, name, NULL, &error), &error);
  assert_ok(gate_enrich(&passed, SS_EVENT_CREATED, &detail, &error), &error);
  assert_string_equal(detail.data, "{}");
  test_store_remove(&self);
}

static void a_callers_context_is_an_object_also_where_nobody_looks(void **state) {
  static const char *const texts[] = {"[]", "{", "", "{\"a\":1,\"a\":2}"};
  test_store self = open_with(NULL);
  ss_error error;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    const ss_caller caller = {.context_json = texts[i]};
    gate refused ON_SCOPE_EXIT(gate_end) = {0};
    assert_fails(gate_begin(&refused, self.store, "get", &caller, &error), SS_INVALID_ARGUMENT,
                 &error);
    assert_non_null(strstr(error.message, "context"));
  }
  test_store_remove(&self);
}

static void a_call_keeps_the_policy_that_it_began_with(void **state) {
  test_store self = open_with(denies_all);
  gate early ON_SCOPE_EXIT(gate_end) = {0};
  gate late ON_SCOPE_EXIT(gate_end) = {0};
  ss_error error;
  assert_ok(gate_begin(&early, self.store, "get", NULL, &error), &error);
  const ss_policy_source open_to_all = {"policy.lua", "return {}", 9};
  assert_ok(ss_policy_reload(self.store, &open_to_all, &error), &error);
  assert_ok(gate_begin(&late, self.store, "get", NULL, &error), &error);
  assert_ok(gate_pass(&late, absent, name, NULL, &error), &error);
  assert_fails(gate_pass(&early, absent, name, NULL, &error), SS_POLICY_DENIED, &error);
  test_store_remove(&self);
}

static void nobody_authorizes_the_hosts_own_maintenance(void **state) {
  test_store self = open_with(denies_all);
  static const ss_caller namesake = {.actor = "maintenance"};
  gate own ON_SCOPE_EXIT(gate_end) = {0};
  gate other ON_SCOPE_EXIT(gate_end) = {0};
  ss_error error;
  assert_ok(gate_begin(&own, self.store, "remove", &maintenance_caller, &error), &error);
  assert_ok(gate_pass(&own, absent, name, NULL, &error), &error);
  assert_ok(gate_begin(&other, self.store, "remove", &namesake, &error), &error);
  assert_fails(gate_pass(&other, absent, name, NULL, &error), SS_POLICY_DENIED, &error);
  test_store_remove(&self);
}

static void a_new_target_forgets_what_the_last_one_would_have_written(void **state) {
  const secret_record row = {.revision = 3, .expires_at = 5, .metadata = text_view_of("{}")};
  gate passed = {.subject = {.operation = "put", .actor = text_view_of("eve"), .now = 7}};
  gate_set_target(&passed, absent, name, &row);
  assert_true(passed.subject.current.found);
  assert_int_equal(passed.subject.current.revision, 3);
  assert_int_equal(passed.subject.current.expires_at, 5);
  passed.subject.writes_metadata = passed.subject.writes_expiry = passed.subject.has_value = true;
  passed.subject.expires_at = 9;
  gate_set_target(&passed, text_view_of("n"), name, NULL);
  assert_false(passed.subject.current.found);
  assert_false(passed.subject.writes_metadata || passed.subject.writes_expiry);
  assert_false(passed.subject.has_value);
  assert_int_equal(passed.subject.expires_at, SS_NO_EXPIRY);
  assert_string_equal(passed.subject.actor.data, "eve");
  assert_int_equal(passed.subject.now, 7);
  gate_clear_target(&passed);
  assert_false(passed.subject.has_target);
  assert_string_equal(passed.subject.operation, "put");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_a_policy_it_is_open_and_changes_no_detail),
      cmocka_unit_test(a_callers_context_is_an_object_also_where_nobody_looks),
      cmocka_unit_test(a_call_keeps_the_policy_that_it_began_with),
      cmocka_unit_test(nobody_authorizes_the_hosts_own_maintenance),
      cmocka_unit_test(a_new_target_forgets_what_the_last_one_would_have_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
