/* The budget of a run: what uses it up, and what does not. */
#include "policy/budget.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/policy.h"
#include "support/support.h"

static void steps_use_it_up(void **state) {
  budget self;
  budget_begin(&self, 1000, 60000);
  assert_true(budget_take(&self, 999));
  assert_false(budget_take(&self, STEPS_PER_LOOK));
  assert_non_null(strstr(self.exhausted, "instructions"));
  assert_false(budget_take(&self, 1));
}

static void cpu_time_uses_it_up(void **state) {
  budget self;
  budget_begin(&self, INT64_MAX, 1);
  while (budget_look(&self)) {
  }
  assert_non_null(strstr(self.exhausted, "time"));
}

static void time_spent_waiting_does_not(void **state) {
  static const struct timespec wait = {.tv_nsec = 30000000};
  budget self;
  budget_begin(&self, INT64_MAX, 10);
  for (int i = 0; i < 3; i++) {
    assert_true(budget_look(&self));
    (void)nanosleep(&wait, NULL);
  }
  assert_true(budget_look(&self));
}

/* ---- Loading ------------------------------------------------------------------------------- */

/* A policy of first, then count times repeated, then last. */
static char *build_text(const char *first, const char *repeated, size_t count, const char *last) {
  char *text = calloc(1, strlen(first) + count * strlen(repeated) + strlen(last) + 1);
  assert_non_null(text);
  char *end = stpcpy(text, first);
  for (size_t i = 0; i < count; i++) end = stpcpy(end, repeated);
  (void)stpcpy(end, last);
  return text;
}

static void expect_invalid(const char *text, const char *message) {
  static const char hash[POLICY_HASH_CAPACITY] = "0";
  static const policy_limits limits = {
      .memory_bytes = 8 << 20, .instructions = 1000000, .deadline_ms = 10};
  policy *compiled = NULL;
  ss_error error;
  assert_fails(
      policy_compile("long.lua", text_view_of(text), hash, &limits, NULL, &compiled, &error),
      SS_POLICY_INVALID, &error);
  if (strstr(error.message, message) == NULL) fail_msg("%s", error.message);
}

/* Lua's parser takes the square of their length. */
static void parsing_long_chains_uses_it_up(void **state) {
  char *alternatives = build_text("local a = nil local b = ", "a or ", 150000, "a return {}");
  char *branches = build_text("local a = nil if a then ", "elseif a then ", 60000, "end return {}");
  expect_invalid(alternatives, "budget");
  expect_invalid(branches, "budget");
  free(alternatives);
  free(branches);
}

static void constants_that_collide_are_limited(void **state) {
  char *text = calloc(1, 1 << 20);
  assert_non_null(text);
  char *end = stpcpy(text, "return {");
  for (long i = 1; i <= 70000; i++) end += sprintf(end, "%ld,", i * 131071);
  (void)stpcpy(end, "}");
  expect_invalid(text, "memory");
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(steps_use_it_up),
      cmocka_unit_test(cpu_time_uses_it_up),
      cmocka_unit_test(time_spent_waiting_does_not),
      cmocka_unit_test(parsing_long_chains_uses_it_up),
      cmocka_unit_test(constants_that_collide_are_limited),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
