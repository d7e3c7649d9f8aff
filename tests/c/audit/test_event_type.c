/* The names of event types, which stand in the audit log's MACs: they never change. */
#include "support/support.h"

static void every_type_has_the_name_that_its_macs_cover(void **state) {
  assert_string_equal(ss_event_type_name(SS_EVENT_ANY), "any");
  assert_string_equal(ss_event_type_name(SS_EVENT_CREATED), "created");
  assert_string_equal(ss_event_type_name(SS_EVENT_UPDATED), "updated");
  assert_string_equal(ss_event_type_name(SS_EVENT_DELETED), "deleted");
  assert_string_equal(ss_event_type_name(SS_EVENT_ROTATED), "rotated");
  assert_string_equal(ss_event_type_name(SS_EVENT_READ), "read");
  assert_string_equal(ss_event_type_name(SS_EVENT_EXPUNGED), "expunged");
  assert_string_equal(ss_event_type_name(SS_EVENT_PRUNED), "pruned");
  assert_string_equal(ss_event_type_name(SS_EVENT_ACCEPTED), "accepted");
  assert_string_equal(ss_event_type_name(SS_EVENT_REWRAPPED), "rewrapped");
}

static void the_store_logs_types_have_theirs(void **state) {
  static const char *const names[] = {
      "store_created", "key_added",       "key_activated",    "key_retiring",
      "key_retired",   "policy_required", "settings_changed", "namespace_accepted",
      "anchored",      "restored",        "imported",
  };
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    assert_string_equal(ss_event_type_name((ss_event_type)(SS_EVENT_STORE_CREATED + (int)i)),
                        names[i]);
  }
}

static void other_numbers_are_unknown(void **state) {
  assert_string_equal(ss_event_type_name((ss_event_type)(SS_EVENT_REWRAPPED + 1)), "unknown");
  assert_string_equal(ss_event_type_name((ss_event_type)(SS_EVENT_IMPORTED + 1)), "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_type_has_the_name_that_its_macs_cover),
      cmocka_unit_test(the_store_logs_types_have_theirs),
      cmocka_unit_test(other_numbers_are_unknown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
