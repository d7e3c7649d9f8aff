/* The names of event types, which stand in the audit log's MACs: they never change. */
#include "support/support.h"

static void every_type_has_the_name_that_its_macs_cover(void **state) {
  assert_string_equal(ss_event_type_name(SS_EVENT_ANY), "any");
  assert_string_equal(ss_event_type_name(SS_EVENT_CREATED), "created");
  assert_string_equal(ss_event_type_name(SS_EVENT_UPDATED), "updated");
  assert_string_equal(ss_event_type_name(SS_EVENT_DELETED), "deleted");
  assert_string_equal(ss_event_type_name(SS_EVENT_ROTATED), "rotated");
}

static void other_numbers_are_unknown(void **state) {
  assert_string_equal(ss_event_type_name((ss_event_type)(SS_EVENT_ROTATED + 1)), "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_type_has_the_name_that_its_macs_cover),
      cmocka_unit_test(other_numbers_are_unknown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
