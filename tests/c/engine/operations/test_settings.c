/* Settings of the store: the same for whoever opens it, and changed by whom the policy lets. */
#include <string.h>

#include "support/support.h"

static ss_status set_retention(test_store *self, int64_t ms, ss_store_settings *settings,
                               ss_error *error) {
  ss_settings_request request;
  ss_settings_request_init(&request);
  request.events_min_retention = SS_SET;
  request.events_min_retention_ms = ms;
  return ss_change_store_settings(self->store, &request, settings, error);
}

static int64_t retention(test_store *self) {
  ss_store_settings settings;
  ss_error error;
  assert_ok(ss_get_store_settings(self->store, &settings, &error), &error);
  return settings.events_min_retention_ms;
}

static void a_change_holds_for_whoever_opens_the_store(void **state) {
  test_store self = test_store_prepare();
  ss_store_settings settings;
  ss_error error;
  test_store_open(&self);
  test_store other = self;
  test_store_open(&other);
  assert_int_equal(retention(&self), SS_DEFAULT_EVENTS_MIN_RETENTION_MS);
  assert_ok(set_retention(&self, 7, &settings, &error), &error);
  assert_int_equal(settings.events_min_retention_ms, 7);
  assert_int_equal(retention(&other), 7);
  test_store_close(&other);
  test_store_reopen_with(&self, 1, -1);
  assert_int_equal(retention(&self), 7);
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

static void the_store_log_tells_of_it(void **state) {
  test_store self = test_store_prepare();
  ss_events_request request;
  ss_event_page page;
  ss_error error;
  test_store_open(&self);
  assert_ok(set_retention(&self, 7, NULL, &error), &error);
  ss_events_request_init(&request);
  request.store_log = true;
  assert_ok(ss_list_events(self.store, &request, &page, &error), &error);
  assert_int_equal(page.count, 4);
  assert_int_equal(page.items[0].type, SS_EVENT_SETTINGS_CHANGED);
  assert_string_equal(page.items[0].metadata_json, "{\"events.min_retention_ms\":7}");
  assert_string_equal(page.items[0].event_id, "store-4");
  assert_string_equal(page.items[0].secret_id, "");
  assert_int_equal(page.items[3].type, SS_EVENT_STORE_CREATED);
  ss_event_page_clear(&page);
  request.name = "A";
  assert_fails(ss_list_events(self.store, &request, &page, &error), SS_INVALID_ARGUMENT, &error);
  test_store_remove(&self);
}

static void bad_requests_and_callers_are_refused(void **state) {
  static const char never[] =
      "return { authorize = function(r) return r.operation ~= 'configure', 'never' end }";
  const ss_policy_source source = {"p.lua", never, sizeof never - 1};
  test_store self = test_store_prepare();
  ss_error error;
  test_store_open(&self);
  assert_fails(set_retention(&self, -1, NULL, &error), SS_INVALID_ARGUMENT, &error);
  assert_ok(ss_policy_reload(self.store, &source, &error), &error);
  assert_fails(set_retention(&self, 7, NULL, &error), SS_POLICY_DENIED, &error);
  assert_int_equal(retention(&self), SS_DEFAULT_EVENTS_MIN_RETENTION_MS);
  test_store_remove(&self);
}

static void keys_are_admitted_when_asked(void **state) {
  test_store self = test_store_prepare();
  int64_t admitted = 0;
  ss_error error;
  test_store_open(&self);
  test_store_reopen_with(&self, 2, 1);
  assert_ok(ss_admit_keys(self.store, NULL, &admitted, &error), &error);
  assert_int_equal(admitted, 1);
  assert_ok(ss_admit_keys(self.store, NULL, &admitted, &error), &error);
  assert_int_equal(admitted, 0);
  test_store_reopen_with(&self, 2, -1);
  test_store_remove(&self);
}

static void a_restore_is_noted(void **state) {
  test_store self = test_store_prepare();
  ss_caller caller = {.actor = "operator"};
  ss_events_request request;
  ss_event_page page;
  ss_error error;
  test_store_open(&self);
  assert_ok(ss_note_restored(self.store, &caller, &error), &error);
  ss_events_request_init(&request);
  request.store_log = true;
  assert_ok(ss_list_events(self.store, &request, &page, &error), &error);
  assert_int_equal(page.items[0].type, SS_EVENT_RESTORED);
  assert_string_equal(page.items[0].actor, "operator");
  assert_string_equal(page.items[0].metadata_json, "{\"incarnation\":2}");
  ss_event_page_clear(&page);
  test_store_reopen_with(&self, 1, -1);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_change_holds_for_whoever_opens_the_store),
      cmocka_unit_test(the_store_log_tells_of_it),
      cmocka_unit_test(bad_requests_and_callers_are_refused),
      cmocka_unit_test(keys_are_admitted_when_asked),
      cmocka_unit_test(a_restore_is_noted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
