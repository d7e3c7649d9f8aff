/* The list of faults that a report has, and their names. */
#include "engine/proof/verification.h"

#include <string.h>

#include "support/support.h"

static void the_first_faults_are_described_and_all_are_counted(void **state) {
  ss_fault faults[SS_MAX_FAULTS];
  ss_verify_report report = {.is_intact = true, .faults = faults, .memory = arena_new()};
  verification self = {.report = &report, .namespace_name = text_view_of("n")};
  ss_error error;
  assert_non_null(report.memory);
  for (int64_t i = 1; i <= SS_MAX_FAULTS + 2; i++) {
    char name[] = "A"; /* copied: a view of storage's would be gone */
    assert_ok(
        verification_add_fault(&self, SS_FAULT_ROW_OUTDATED, text_view_of(name), i, "why", &error),
        &error);
    name[0] = 'x';
  }
  assert_int_equal(report.fault_count, SS_MAX_FAULTS + 2);
  assert_int_equal(report.faults_described, SS_MAX_FAULTS);
  assert_string_equal(faults[0].namespace_name, "n");
  assert_string_equal(faults[0].name, "A");
  assert_string_equal(faults[0].message, "why");
  assert_int_equal(faults[SS_MAX_FAULTS - 1].sequence, SS_MAX_FAULTS);
  arena_free(report.memory);
}

static void a_fault_of_a_whole_namespace_names_no_secret(void **state) {
  ss_fault faults[SS_MAX_FAULTS];
  ss_verify_report report = {.faults = faults, .memory = arena_new()};
  verification self = {.report = &report};
  ss_error error;
  assert_ok(verification_add_fault(&self, SS_FAULT_STATE_WRONG, (text_view){0}, 0, "why", &error),
            &error);
  assert_null(faults[0].name);
  assert_null(faults[0].namespace_name);
  arena_free(report.memory);
}

static void every_kind_of_fault_has_a_name_of_its_own(void **state) {
  for (int i = SS_FAULT_EVENT_MISSING; i <= SS_FAULT_FILE_DAMAGED; i++) {
    assert_string_not_equal(ss_fault_kind_name((ss_fault_kind)i), "unknown");
    for (int j = SS_FAULT_EVENT_MISSING; j < i; j++) {
      assert_string_not_equal(ss_fault_kind_name((ss_fault_kind)i),
                              ss_fault_kind_name((ss_fault_kind)j));
    }
  }
  assert_string_equal(ss_fault_kind_name((ss_fault_kind)0), "unknown");
  assert_string_equal(ss_fault_kind_name((ss_fault_kind)1000), "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_faults_are_described_and_all_are_counted),
      cmocka_unit_test(a_fault_of_a_whole_namespace_names_no_secret),
      cmocka_unit_test(every_kind_of_fault_has_a_name_of_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
