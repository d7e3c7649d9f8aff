/* The options as open finds them: defaults, what a refused setter leaves, and what they own. */
#include "engine/options.h"

#include <string.h>

#include "support/support.h"

static int set_up(void **state) {
  ss_options *options = NULL;
  ss_error error;
  assert_ok(ss_options_new("a.db", &options, &error), &error);
  *state = options;
  return 0;
}

static int tear_down(void **state) {
  ss_options_free(*state);
  return 0;
}

static void the_defaults_are_those_of_the_header(void **state) {
  const ss_options *options = *state;
  assert_string_equal(options->path, "a.db");
  assert_true(options->create);
  assert_false(options->maintenance);
  assert_false(options->has_default_ttl);
  assert_int_equal(options->max_value_bytes, SS_DEFAULT_MAX_VALUE_BYTES);
  assert_int_equal(options->busy_timeout_ms, SS_DEFAULT_BUSY_TIMEOUT_MS);
  assert_int_equal(options->secret_retention_ms, SS_DEFAULT_SECRET_RETENTION_MS);
  assert_int_equal(options->event_retention_ms, SS_DEFAULT_EVENT_RETENTION_MS);
  assert_int_equal(options->policy_limits.memory_bytes, SS_DEFAULT_POLICY_MEMORY_BYTES);
  assert_int_equal(options->log.level, SS_LOG_WARN);
  assert_null(options->policy_text);
}

static void a_refused_path_makes_no_options(void **state) {
  ss_options *options = NULL;
  ss_error error;
  assert_fails(ss_options_new("", &options, &error), SS_INVALID_OPTIONS, &error);
  assert_null(options);
  assert_fails(ss_options_new(NULL, &options, &error), SS_INVALID_OPTIONS, &error);
  assert_fails(ss_options_new("a.db", NULL, &error), SS_INVALID_ARGUMENT, &error);
}

static void a_policy_is_copied_and_replaced_as_a_whole(void **state) {
  ss_options *options = *state;
  char text[] = "return {}";
  ss_error error;
  const ss_policy_source first = {"first.lua", text, strlen(text)};
  const ss_policy_source second = {"second.lua", "return {} --", 12};
  assert_ok(ss_options_set_policy(options, &first, &error), &error);
  text[0] = 'x';
  assert_memory_equal(options->policy_text, "return {}", 9);
  assert_ok(ss_options_set_policy(options, &second, &error), &error);
  assert_string_equal(options->policy_name, "second.lua");
  assert_int_equal(options->policy_length, 12);
}

static void policy_limits_are_set_all_or_none(void **state) {
  ss_options *options = *state;
  ss_error error;
  assert_ok(ss_options_set_policy_limits(options, 1 << 20, 5000, 10, &error), &error);
  assert_fails(ss_options_set_policy_limits(options, 2 << 20, 6000, -1, &error), SS_INVALID_OPTIONS,
               &error);
  assert_int_equal(options->policy_limits.memory_bytes, 1 << 20);
  assert_int_equal(options->policy_limits.instructions, 5000);
  assert_int_equal(options->policy_limits.deadline_ms, 10);
}

#define ON_OPTIONS(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_OPTIONS(the_defaults_are_those_of_the_header),
      ON_OPTIONS(a_policy_is_copied_and_replaced_as_a_whole),
      ON_OPTIONS(policy_limits_are_set_all_or_none),
      cmocka_unit_test(a_refused_path_makes_no_options),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
