/* Retiring a key: what it takes, and that whoever has the key and every older copy forges nothing. */
#include <stdio.h>
#include <string.h>

#include "support/support.h"

static ss_status retire(test_store *self, int64_t version, bool abandon, ss_retire_result *result,
                        ss_error *error) {
  ss_retire_request request;
  ss_retire_request_init(&request);
  request.version = version;
  request.abandon = abandon;
  return ss_retire_key(self->store, &request, result, error);
}

static void rotate_all(test_store *self) {
  ss_error error;
  assert_ok(ss_rotate_all(self->store, NULL, NULL, NULL, NULL, &error), &error);
}

/* Two namespaces, moved from key 1 to key 2. */
static test_store rotated(void) {
  test_store self = test_store_prepare();
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  test_put(self.store, NULL, "B", "1");
  test_store_reopen_with(&self, 2, 1);
  rotate_all(&self);
  return self;
}

static ss_status open_with(const test_store *self, int64_t version, int64_t least_epoch,
                           ss_error *error) {
  test_store other = *self;
  ss_store *opened = NULL;
  other.keys[0] = version, other.keys[1] = -1;
  ss_options *options = test_store_options(&other);
  assert_ok(ss_options_set_least_epoch(options, least_epoch, error), error);
  const ss_status status = ss_store_open(options, &opened, error);
  ss_options_free(options);
  ss_store_free(opened);
  return status;
}

static void a_retired_key_opens_nothing_and_the_rest_goes_on(void **state) {
  test_store self = rotated();
  ss_retire_result result;
  ss_error error;
  assert_ok(retire(&self, 1, false, &result, &error), &error);
  assert_int_equal(result.epoch, 2);
  assert_int_equal(result.namespaces, 2);
  assert_int_equal(result.faulty, 0);
  test_put(self.store, "n", "A", "2");
  assert_true(test_store_is_intact(self.store));
  test_store_close(&self);
  assert_fails(open_with(&self, 1, 1, &error), SS_KEY_VERSION_UNAVAILABLE, &error);
  assert_ok(open_with(&self, 2, 2, &error), &error);
  test_store_reopen_with(&self, 2, -1);
  assert_secret(self.store, "n", "A", "2");
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

static void what_cannot_be_retired_is_refused(void **state) {
  test_store self = rotated();
  ss_retire_result result;
  ss_error error;
  assert_fails(retire(&self, 7, false, &result, &error), SS_INVALID_ARGUMENT, &error);
  assert_fails(retire(&self, 2, false, &result, &error), SS_INVALID_ARGUMENT, &error);
  assert_non_null(strstr(error.message, "the active one"));
  test_store_reopen_with(&self, 1, 2);
  test_put(self.store, "n", "UNDER_1", "v");
  test_store_reopen_with(&self, 2, 1);
  assert_fails(retire(&self, 1, false, &result, &error), SS_CONFLICT, &error);
  assert_non_null(strstr(error.message, "1 secret"));
  assert_int_equal(test_store_number(&self, "SELECT json_array_length(text, '$[7]') FROM root"), 1);
  test_store_remove(&self);
}

static void a_key_that_was_lost_is_abandoned_with_what_is_under_it(void **state) {
  test_store self = rotated();
  ss_retire_result result;
  ss_error error;
  test_store_reopen_with(&self, 1, 2);
  test_put(self.store, "n", "LOST", "v");
  test_store_reopen_with(&self, 2, -1);
  assert_fails(retire(&self, 1, false, &result, &error), SS_CONFLICT, &error);
  assert_ok(retire(&self, 1, true, &result, &error), &error);
  assert_int_equal(test_get_status(self.store, "n", "LOST"), SS_KEY_VERSION_UNAVAILABLE);
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

static void retiring_again_goes_on_where_it_ended(void **state) {
  test_store self = rotated();
  ss_retire_result result;
  ss_error error;
  assert_ok(retire(&self, 1, false, &result, &error), &error);
  const int64_t sequence = test_store_number(&self, "SELECT sequence FROM root");
  assert_ok(retire(&self, 1, false, &result, &error), &error);
  assert_int_equal(result.epoch, 2);
  assert_int_equal(result.namespaces, 0);
  assert_int_equal(test_store_number(&self, "SELECT sequence FROM root"), sequence);
  test_store_remove(&self);
}

static void every_key_that_stays_must_be_configured(void **state) {
  test_store self = rotated();
  ss_retire_result result;
  ss_error error;
  test_store_reopen_with(&self, 3, 2);
  test_put(self.store, "n", "C", "admits 3");
  rotate_all(&self);
  test_store_reopen_with(&self, 3, -1);
  assert_fails(retire(&self, 1, false, &result, &error), SS_KEY_VERSION_UNAVAILABLE, &error);
  assert_non_null(strstr(error.message, "key version 2"));
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

/* ---- Attacks --------------------------------------------------------------------------------- */

/* The whole file put back to before the retirement: everything in it is authentic. */
static void least_epoch_tells_an_older_copy(void **state) {
  test_store self = rotated();
  ss_retire_result result;
  ss_error error;
  const char *copy = test_path(&self.folder, "older.db");
  test_backup(self.store, copy);
  assert_ok(retire(&self, 1, false, &result, &error), &error);
  test_store older = self;
  (void)snprintf(older.path, sizeof older.path, "%s", copy);
  assert_ok(open_with(&older, 2, 1, &error), &error);
  assert_fails(open_with(&older, 2, result.epoch, &error), SS_INTEGRITY_VIOLATION, &error);
  assert_ok(open_with(&self, 2, result.epoch, &error), &error);
  test_store_remove(&self);
}

/* Parts of the older copy, all of them authentic under keys that the retired one opens. */
static void no_part_of_an_older_copy_passes(void **state) {
  static const char *const pastes[] = {
      "UPDATE root SET (sequence, text, mac) = (SELECT sequence, text, mac FROM aside.root)",
      "UPDATE seal SET (epoch, counter, root_sequence, root_mac, namespaces, sum, mac) = (SELECT"
      " epoch, counter, root_sequence, root_mac, namespaces, sum, mac FROM aside.seal)",
      "DELETE FROM namespace WHERE name = 'n'; INSERT INTO namespace SELECT * FROM aside.namespace"
      " WHERE name = 'n'",
      "DELETE FROM namespace WHERE name = 'n'; INSERT INTO namespace SELECT * FROM aside.namespace"
      " WHERE name = 'n'; DELETE FROM secret WHERE name = 'A'; INSERT INTO secret SELECT * FROM"
      " aside.secret WHERE name = 'A'; DELETE FROM event WHERE secret = 1; INSERT INTO event SELECT"
      " * FROM aside.event WHERE secret = 1",
      "DELETE FROM secret; INSERT INTO secret SELECT * FROM aside.secret",
      "DELETE FROM store_event; INSERT INTO store_event SELECT * FROM aside.store_event",
      "DELETE FROM event; INSERT INTO event SELECT * FROM aside.event",
      "UPDATE root SET (sequence, text, mac) = (SELECT sequence, text, mac FROM aside.root);"
      "DELETE FROM seal; INSERT INTO seal SELECT * FROM aside.seal",
  };
  for (size_t i = 0; i < sizeof pastes / sizeof pastes[0]; i++) {
    test_store self = rotated();
    ss_retire_result result;
    ss_verify_report report;
    ss_error error;
    test_backup(self.store, test_path(&self.folder, "store.db.aside"));
    assert_ok(retire(&self, 1, false, &result, &error), &error);
    test_put(self.store, "n", "A", "2");
    test_store_close(&self);
    test_store_sql(&self, pastes[i]);
    self.keys[0] = 2, self.keys[1] = -1;
    ss_options *options = test_store_options(&self);
    const ss_status status = ss_store_open(options, &self.store, &error);
    ss_options_free(options);
    if (status == SS_OK) {
      assert_ok(ss_verify(self.store, NULL, &report, &error), &error);
      if (report.verdict != SS_VERDICT_TAMPERED) fail_msg("passes: %s", pastes[i]);
      ss_verify_report_clear(&report);
    } else {
      assert_int_equal(status, SS_INTEGRITY_VIOLATION);
    }
    test_store_remove(&self);
  }
}

static void the_policy_is_asked(void **state) {
  static const char never[] =
      "return { authorize = function(r) return r.operation ~= 'retire_key', 'never' end }";
  const ss_policy_source source = {"p.lua", never, sizeof never - 1};
  test_store self = rotated();
  ss_retire_result result;
  ss_error error;
  assert_ok(ss_policy_reload(self.store, &source, &error), &error);
  assert_fails(retire(&self, 1, false, &result, &error), SS_POLICY_DENIED, &error);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_retired_key_opens_nothing_and_the_rest_goes_on),
      cmocka_unit_test(what_cannot_be_retired_is_refused),
      cmocka_unit_test(a_key_that_was_lost_is_abandoned_with_what_is_under_it),
      cmocka_unit_test(retiring_again_goes_on_where_it_ended),
      cmocka_unit_test(every_key_that_stays_must_be_configured),
      cmocka_unit_test(least_epoch_tells_an_older_copy),
      cmocka_unit_test(no_part_of_an_older_copy_passes),
      cmocka_unit_test(the_policy_is_asked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
