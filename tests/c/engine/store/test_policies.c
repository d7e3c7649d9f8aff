/* The policy that a store has at the moment. */
#include "engine/store/policies.h"

#include <string.h>

#include "engine/options.h"
#include "engine/store/store.h"
#include "support/support.h"

static ss_status compile(const char *text, policy **compiled, ss_error *error) {
  crypto_suite suite;
  static const policy_limits limits = POLICY_DEFAULT_LIMITS;
  const ss_policy_source source = {NULL, text, text == NULL ? 0 : strlen(text)};
  assert_ok(crypto_suite_init(&suite, error), error);
  const ss_status status = policies_compile(&suite, &source, &limits, NULL, compiled, error);
  crypto_suite_clear(&suite);
  return status;
}

static policy *compiled_from(const char *text) {
  policy *compiled = NULL;
  ss_error error;
  assert_ok(compile(text, &compiled, &error), &error);
  return compiled;
}

static void a_policy_is_known_by_the_sha_256_of_its_text(void **state) {
  policy *compiled = compiled_from("return {}");
  assert_string_equal(policy_hash(compiled),
                      "7df8f0cd9e1cd0b204a760783671c0ccca4a3258dc7c51f59e9e2295c6c25315");
  policy_release(compiled);
}

static void no_text_is_no_policy(void **state) {
  policy *compiled = NULL;
  ss_error error;
  assert_fails(compile(NULL, &compiled, &error), SS_INVALID_ARGUMENT, &error);
  assert_null(compiled);
}

static void a_policy_without_a_name_is_called_policy_lua(void **state) {
  policy *compiled = NULL;
  ss_error error;
  assert_fails(compile("return {", &compiled, &error), SS_POLICY_INVALID, &error);
  assert_non_null(strstr(error.policy_location, "policy.lua"));
}

static void one_that_was_taken_outlives_its_exchange(void **state) {
  policies self;
  policies_init(&self);
  assert_null(policies_take(&self));
  policies_exchange(&self, compiled_from("return {} -- old"));
  policy *taken = policies_take(&self);
  policies_exchange(&self, compiled_from("return {} -- new"));
  policy *next = policies_take(&self);
  assert_true(text_view_equals(policy_text(taken), text_view_of("return {} -- old")));
  assert_true(text_view_equals(policy_text(next), text_view_of("return {} -- new")));
  policy_release(taken);
  policy_release(next);
  policies_exchange(&self, NULL);
  assert_null(policies_take(&self));
  policies_clear(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_policy_is_known_by_the_sha_256_of_its_text),
      cmocka_unit_test(no_text_is_no_policy),
      cmocka_unit_test(a_policy_without_a_name_is_called_policy_lua),
      cmocka_unit_test(one_that_was_taken_outlives_its_exchange),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
