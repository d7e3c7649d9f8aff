/* Whoever the policy denies learns nothing: the same refusal, word for word, whether a secret is
 * there, has expired, has another revision, is under a missing key, or was tampered with. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "support/support.h"

static const char policy_text[] =
    "local s = require 'schema'\n"
    "return {\n"
    "  metadata = s.record{ owner = s.string() },\n"
    "  expiry = { required = true },\n"
    "  authorize = function(request)\n"
    "    if request.actor == 'eve' then return false, 'not you' end\n"
    "    if request.actor == 'mallory' then return request.namespace ~= 'n', 'not there' end\n"
    "    return true\n"
    "  end,\n"
    "}\n";

static const ss_caller eve = {.actor = "eve"};
static const ss_caller mallory = {.actor = "mallory"};

static const char *const names[] = {"MISSING", "THERE", "EXPIRED", "UNAVAILABLE", "DAMAGED"};
enum { NAMES = sizeof names / sizeof names[0] };

static void put(test_store *self, const char *name, int64_t ttl_ms) {
  ss_put_request request;
  ss_error error;
  ss_put_request_init(&request);
  request.namespace_name = "n";
  request.name = name;
  request.value = "v";
  request.value_length = 1;
  request.metadata = SS_SET;
  request.metadata_json = "{\"owner\":\"ana\"}";
  request.ttl = SS_SET;
  request.ttl_ms = ttl_ms;
  assert_ok(ss_put(self->store, &request, NULL, &error), &error);
}

static void reopen_under_the_policy(test_store *self) {
  const ss_policy_source source = {"policy.lua", policy_text, strlen(policy_text)};
  ss_error error;
  test_store_close(self);
  self->keys[0] = 1, self->keys[1] = 2, self->keys[2] = -1;
  ss_options *options = test_store_options(self);
  assert_ok(ss_options_set_policy(options, &source, &error), &error);
  assert_ok(ss_store_open(options, &self->store, &error), &error);
  ss_options_free(options);
}

static test_store with_every_kind_of_secret(void) {
  test_store self = test_store_prepare();
  self.keys[0] = 3, self.keys[1] = -1;
  test_store_open(&self);
  put(&self, "UNAVAILABLE", 1000000);
  test_store_reopen_with(&self, 1, 3);
  put(&self, "THERE", 1000000);
  put(&self, "DAMAGED", 1000000);
  put(&self, "EXPIRED", 10);
  self.clock->now_ms += 1000;
  test_store_sql(&self, "UPDATE secret SET revision = 2 WHERE name = 'DAMAGED'");
  reopen_under_the_policy(&self);
  return self;
}

typedef ss_status (*attempt)(ss_store *store, const char *name, int64_t if_revision,
                             ss_error *error);

static ss_status attempt_get(ss_store *store, const char *name, int64_t if_revision,
                             ss_error *error) {
  ss_get_request request;
  ss_get_result result;
  ss_get_request_init(&request);
  request.namespace_name = "n";
  request.name = name;
  request.caller = &eve;
  return ss_get(store, &request, &result, error);
}

static ss_status attempt_get_or_throw(ss_store *store, const char *name, int64_t if_revision,
                                      ss_error *error) {
  ss_get_request request;
  ss_get_result result;
  ss_get_request_init(&request);
  request.namespace_name = "n";
  request.name = name;
  request.caller = &eve;
  return ss_get_or_throw(store, &request, &result, error);
}

static ss_status attempt_has(ss_store *store, const char *name, int64_t if_revision,
                             ss_error *error) {
  ss_get_request request;
  bool found = false;
  ss_get_request_init(&request);
  request.namespace_name = "n";
  request.name = name;
  request.caller = &eve;
  const ss_status status = ss_has(store, &request, &found, error);
  assert_false(found);
  return status;
}

static ss_put_request put_of(const char *name, int64_t if_revision) {
  ss_put_request request;
  ss_put_request_init(&request);
  request.namespace_name = "n";
  request.name = name;
  request.value = "v";
  request.value_length = 1;
  request.if_revision = if_revision;
  request.caller = &eve;
  return request;
}

/* Keeps metadata and expiry, of which a secret that is missing has none. */
static ss_status attempt_put(ss_store *store, const char *name, int64_t if_revision,
                             ss_error *error) {
  const ss_put_request request = put_of(name, if_revision);
  return ss_put(store, &request, NULL, error);
}

static ss_status attempt_whole_put(ss_store *store, const char *name, int64_t if_revision,
                                   ss_error *error) {
  ss_put_request request = put_of(name, if_revision);
  request.metadata = SS_SET;
  request.metadata_json = "{\"owner\":\"eve\"}";
  request.ttl = SS_SET;
  request.ttl_ms = 5;
  return ss_put(store, &request, NULL, error);
}

static ss_status attempt_put_batch(ss_store *store, const char *name, int64_t if_revision,
                                   ss_error *error) {
  const ss_put_request request = put_of(name, if_revision);
  return ss_put_batch(store, &request, 1, NULL, error);
}

static ss_status attempt_update(ss_store *store, const char *name, int64_t if_revision,
                                ss_error *error) {
  ss_update_request request;
  ss_update_request_init(&request);
  request.namespace_name = "n";
  request.name = name;
  request.metadata = SS_SET;
  request.metadata_json = "{\"owner\":7}";
  request.if_revision = if_revision;
  request.caller = &eve;
  return ss_update(store, &request, NULL, error);
}

static ss_status attempt_update_of_expiry(ss_store *store, const char *name, int64_t if_revision,
                                          ss_error *error) {
  ss_update_request request;
  ss_update_request_init(&request);
  request.namespace_name = "n";
  request.name = name;
  request.ttl = SS_CLEAR;
  request.if_revision = if_revision;
  request.caller = &eve;
  return ss_update(store, &request, NULL, error);
}

static ss_status attempt_remove(ss_store *store, const char *name, int64_t if_revision,
                                ss_error *error) {
  ss_remove_request request;
  bool removed = false;
  ss_remove_request_init(&request);
  request.namespace_name = "n";
  request.name = name;
  request.if_revision = if_revision;
  request.caller = &eve;
  return ss_remove(store, &request, &removed, error);
}

static ss_status attempt_events(ss_store *store, const char *name, int64_t if_revision,
                                ss_error *error) {
  ss_events_request request;
  ss_event_page page;
  ss_events_request_init(&request);
  request.namespace_given = true;
  request.namespace_name = "n";
  request.name = name;
  request.caller = &eve;
  return ss_list_events(store, &request, &page, error);
}

static void the_refusal_is_the_same_whatever_is_there(void **state) {
  static const attempt attempts[] = {
      attempt_get,    attempt_get_or_throw,     attempt_has,
      attempt_put,    attempt_whole_put,        attempt_update,
      attempt_remove, attempt_update_of_expiry, attempt_events,
  };
  static const int64_t revisions[] = {SS_ANY_REVISION, 0, 1, 2};
  test_store self = with_every_kind_of_secret();
  for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
    for (int name = 0; name < NAMES; name++) {
      for (size_t r = 0; r < sizeof revisions / sizeof revisions[0]; r++) {
        ss_error error;
        const ss_status status = attempts[i](self.store, names[name], revisions[r], &error);
        if (status == SS_POLICY_DENIED && strcmp(error.message, "not you") == 0) continue;
        fail_msg("attempt %zu on %s at %d: %s (%s)", i, names[name], (int)revisions[r],
                 error.message, ss_status_name(status));
      }
    }
  }
  test_store_remove(&self);
}

static void the_refusal_of_a_batch_is_the_same_too(void **state) {
  test_store self = with_every_kind_of_secret();
  for (int name = 0; name < NAMES; name++) {
    ss_error error;
    assert_fails(attempt_put_batch(self.store, names[name], 2, &error), SS_POLICY_DENIED, &error);
    assert_string_equal(error.message, "request 0: not you");
  }
  test_store_remove(&self);
}

/* The others are told as before, in the order of before. */
static void whoever_is_allowed_is_told_the_revision_first_and_then_what_is_wrong(void **state) {
  test_store self = with_every_kind_of_secret();
  ss_put_request request = put_of("DAMAGED", 7);
  ss_error error;
  request.caller = NULL;
  assert_fails(ss_put(self.store, &request, NULL, &error), SS_CONFLICT, &error);
  request.if_revision = SS_ANY_REVISION;
  assert_fails(ss_put(self.store, &request, NULL, &error), SS_DECRYPTION_FAILED, &error);
  request.name = "UNAVAILABLE";
  assert_fails(ss_put(self.store, &request, NULL, &error), SS_KEY_VERSION_UNAVAILABLE, &error);
  request.name = "MISSING";
  assert_fails(ss_put(self.store, &request, NULL, &error), SS_POLICY_DENIED, &error);
  assert_non_null(strstr(error.message, "expiry"));
  test_store_remove(&self);
}

static void an_authorize_that_relies_on_checked_metadata_leaves_the_checks_refusal(void **state) {
  static const char relying[] =
      "local s = require 'schema'\n"
      "return { metadata = s.record{ owner = s.string() },\n"
      "  authorize = function(request) return request.metadata.owner:lower() == 'ana' end }\n";
  test_store self = test_store_prepare();
  const ss_policy_source source = {"policy.lua", relying, strlen(relying)};
  ss_put_request request = put_of("A", SS_ANY_REVISION);
  ss_error error;
  test_store_open(&self);
  assert_ok(ss_policy_reload(self.store, &source, &error), &error);
  for (int i = 0; i < 3; i++) {
    assert_fails(ss_put(self.store, &request, NULL, &error), SS_POLICY_DENIED, &error);
    assert_string_equal(error.message, "metadata.owner: expected string, got nothing");
  }
  request.metadata = SS_SET;
  request.metadata_json = "{\"owner\":\"ANA\"}";
  assert_ok(ss_put(self.store, &request, NULL, &error), &error);
  test_store_remove(&self);
}

static ss_status list_by_id(ss_store *store, const char *secret_id, const ss_caller *caller,
                            size_t *count, ss_error *error) {
  ss_events_request request;
  ss_event_page page;
  ss_events_request_init(&request);
  request.secret_id = secret_id;
  request.caller = caller;
  const ss_status status = ss_list_events(store, &request, &page, error);
  *count = page.count;
  ss_event_page_clear(&page);
  return status;
}

static void secret_ids_cannot_be_tried(void **state) {
  test_store self = with_every_kind_of_secret();
  static const char *const ids[] = {"1", "4", "5", "999999"};
  for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
    ss_error error;
    size_t count = 0;
    assert_fails(list_by_id(self.store, ids[i], &eve, &count, &error), SS_POLICY_DENIED, &error);
    assert_string_equal(error.message, "not you");
    /* Allowed elsewhere, and not in that namespace: answered as for an id that is none. */
    assert_ok(list_by_id(self.store, ids[i], &mallory, &count, &error), &error);
    assert_int_equal(count, 0);
    assert_ok(list_by_id(self.store, ids[i], NULL, &count, &error), &error);
    assert_int_equal(count, i < 2 ? 1 : 0);
  }
  test_store_remove(&self);
}

static void a_rotation_is_refused_before_it_says_which_keys_there_are(void **state) {
  test_store self = with_every_kind_of_secret();
  ss_rotate_request request;
  ss_rotate_result result;
  ss_error error;
  ss_rotate_request_init(&request);
  request.caller = &eve;
  for (int64_t version = 2; version < 5; version++) {
    request.from_version = version;
    assert_fails(ss_rotate_keys(self.store, &request, &result, &error), SS_POLICY_DENIED, &error);
    assert_string_equal(error.message, "not you");
  }
  test_store_remove(&self);
}

static bool drop_piece(void *context, const char *text, size_t length) { return true; }

static void an_export_names_no_secret_that_the_caller_may_not_have(void **state) {
  test_store self = with_every_kind_of_secret();
  ss_export_request request;
  ss_export_report report;
  ss_error error;
  ss_export_request_init(&request);
  request.write = drop_piece;
  request.skip_failed = true;
  request.caller = &eve;
  assert_ok(ss_export(self.store, &request, &report, &error), &error);
  assert_int_equal(report.exported, 0);
  for (size_t i = 0; i < report.faults_described; i++) {
    assert_null(report.faults[i].name);
    assert_null(report.faults[i].namespace_name);
    assert_string_equal(report.faults[i].message, "not you");
  }
  ss_export_report_clear(&report);
  test_store_remove(&self);
}

static bool append_piece(void *context, const char *text, size_t length) {
  buffer_append(context, text, length);
  return true;
}

/* What can be read: THERE and EXPIRED. */
static byte_buffer exported_rows(ss_store *store) {
  byte_buffer text = {0};
  ss_export_request request;
  ss_export_report report;
  ss_error error;
  ss_export_request_init(&request);
  request.format = SS_EXPORT_COMPONENT;
  request.write = append_piece;
  request.write_context = &text;
  request.skip_failed = true;
  assert_ok(ss_export(store, &request, &report, &error), &error);
  assert_int_equal(report.exported, 2);
  ss_export_report_clear(&report);
  return text;
}

static void an_import_is_refused_before_it_says_what_is_there(void **state) {
  test_store self = with_every_kind_of_secret();
  byte_buffer text = exported_rows(self.store);
  ss_import_request request;
  ss_import_report report;
  ss_error error;
  test_store_sql(&self, "DELETE FROM secret WHERE name = 'THERE'");
  for (int existing = SS_EXISTING_REFUSE; existing <= SS_EXISTING_REPLACE; existing++) {
    ss_import_request_init(&request);
    request.text = (const char *)text.data;
    request.text_length = text.length;
    request.existing = (ss_existing)existing;
    request.partial = true;
    request.caller = &eve;
    assert_ok(ss_import(self.store, &request, &report, &error), &error);
    assert_int_equal(report.refused, 2);
    for (size_t i = 0; i < report.faults_described; i++) {
      assert_int_equal(report.faults[i].code, SS_POLICY_DENIED);
      assert_string_equal(report.faults[i].message, "not you");
    }
    ss_import_report_clear(&report);
  }
  buffer_clear(&text);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_refusal_is_the_same_whatever_is_there),
      cmocka_unit_test(the_refusal_of_a_batch_is_the_same_too),
      cmocka_unit_test(whoever_is_allowed_is_told_the_revision_first_and_then_what_is_wrong),
      cmocka_unit_test(an_authorize_that_relies_on_checked_metadata_leaves_the_checks_refusal),
      cmocka_unit_test(secret_ids_cannot_be_tried),
      cmocka_unit_test(a_rotation_is_refused_before_it_says_which_keys_there_are),
      cmocka_unit_test(an_export_names_no_secret_that_the_caller_may_not_have),
      cmocka_unit_test(an_import_is_refused_before_it_says_what_is_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
