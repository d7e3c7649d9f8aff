/* The one way to write: what holds for put, update, remove, rotation, cleanup and import alike. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "engine/change/change.h"
#include "engine/store/store.h"
#include "storage/back_end.h"
#include "support/support.h"

/* ---- Helpers ------------------------------------------------------------------------------- */

/* A clock that is a second later each time that it is read. */
static int64_t tick(void *clock) { return ((test_clock *)clock)->now_ms += 1000; }

static test_store open_under(const char *policy_text, ss_clock_callback clock) {
  test_store self = test_store_prepare();
  const ss_policy_source source = {"policy.lua", policy_text, strlen(policy_text)};
  ss_options *options = test_store_options(&self);
  ss_error error;
  assert_ok(ss_options_set_policy(options, &source, &error), &error);
  assert_ok(ss_options_set_clock(options, clock, self.clock, &error), &error);
  assert_ok(ss_store_open(options, &self.store, &error), &error);
  ss_options_free(options);
  return self;
}

static void use_policy(test_store *self, const char *text) {
  const ss_policy_source source = {"policy.lua", text, strlen(text)};
  ss_error error;
  assert_ok(ss_policy_reload(self->store, &source, &error), &error);
}

static int64_t faults_of(ss_store *store) {
  ss_verify_report report;
  ss_error error;
  assert_ok(ss_verify(store, NULL, &report, &error), &error);
  const int64_t count = (int64_t)report.fault_count;
  ss_verify_report_clear(&report);
  return count;
}

static ss_status update(test_store *self, const char *name, ss_update_result *result,
                        ss_error *error) {
  ss_update_request request;
  ss_update_request_init(&request);
  request.name = name;
  request.metadata = SS_SET;
  request.metadata_json = "{}";
  return ss_update(self->store, &request, result, error);
}

static ss_status put_for(test_store *self, const char *name, int64_t ttl_ms, ss_put_result *result,
                         ss_error *error) {
  ss_put_request request;
  ss_put_request_init(&request);
  request.name = name;
  request.value = "value";
  request.value_length = 5;
  request.ttl = SS_SET;
  request.ttl_ms = ttl_ms;
  return ss_put(self->store, &request, result, error);
}

static bool append_piece(void *context, const char *text, size_t length) {
  buffer_append(context, text, length);
  return true;
}

static byte_buffer exported(test_store *self) {
  byte_buffer text = {0};
  ss_export_request request;
  ss_export_report report;
  ss_error error;
  ss_export_request_init(&request);
  request.format = SS_EXPORT_PORTABLE;
  request.write = append_piece;
  request.write_context = &text;
  assert_ok(ss_export(self->store, &request, &report, &error), &error);
  ss_export_report_clear(&report);
  return text;
}

static ss_status import_over(test_store *self, const byte_buffer *text, bool partial,
                             ss_import_report *report, ss_error *error) {
  ss_import_request request;
  ss_import_request_init(&request);
  request.text = (const char *)text->data;
  request.text_length = text->length;
  request.existing = SS_EXISTING_REPLACE;
  request.partial = partial;
  return ss_import(self->store, &request, report, error);
}

/* ---- Rows that are not what was last signed ------------------------------------------------- */

static const char forge_iv[] = "UPDATE secret SET iv = x'000102030405060708090a0b'";
static const char cut_iv[] = "UPDATE secret SET iv = x'0001'";

static void assert_rotation_leaves(const char *damage) {
  test_store self = test_store_prepare();
  ss_rotate_all_result result;
  ss_error error;
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  test_store_sql(&self, damage);
  test_store_reopen_with(&self, 2, 1);
  const int64_t before = faults_of(self.store);
  assert_true(before > 0);
  assert_ok(ss_rotate_all(self.store, NULL, NULL, NULL, &result, &error), &error);
  assert_int_equal(result.rotated, 0);
  assert_int_equal(result.failed, 1);
  assert_int_equal(faults_of(self.store), before);
  test_store_remove(&self);
}

static void rotation_signs_no_row_with_a_forged_iv(void **state) {
  assert_rotation_leaves(forge_iv);
}

static void rotation_signs_no_row_whose_iv_has_a_wrong_length(void **state) {
  assert_rotation_leaves(cut_iv);
}

static void rotation_signs_no_row_that_was_put_back(void **state) {
  assert_rotation_leaves("UPDATE event SET row_digest = zeroblob(32)");
}

static void rotation_signs_no_row_whose_events_were_removed(void **state) {
  assert_rotation_leaves("DELETE FROM event");
}

static void update_signs_no_row_that_is_not_what_was_last_signed(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  test_store_sql(&self, "CREATE TABLE aside.old AS SELECT * FROM secret");
  test_put(self.store, NULL, "A", "2");
  test_store_sql(&self, "DELETE FROM secret; INSERT INTO secret SELECT * FROM old; DROP TABLE old");
  assert_fails(update(&self, "A", NULL, &error), SS_INTEGRITY_VIOLATION, &error);
  assert_non_null(strstr(error.message, "\"A\": it is not as its last event left it"));
  test_store_sql(&self, cut_iv);
  assert_fails(update(&self, "A", NULL, &error), SS_DECRYPTION_FAILED, &error);
  assert_int_equal(test_store_number(&self, "SELECT count(*) FROM event"), 2);
  test_store_remove(&self);
}

static void cleanup_deletes_no_row_that_is_not_what_was_last_signed(void **state) {
  test_store self = test_store_prepare();
  ss_cleanup_result result;
  ss_error error;
  test_store_open(&self);
  assert_ok(put_for(&self, "A", 1, NULL, &error), &error);
  self.clock->now_ms += 100;
  test_store_sql(&self, forge_iv);
  assert_ok(ss_cleanup_secrets(self.store, 1, NULL, &result, &error), &error);
  assert_int_equal(result.deleted, 0);
  assert_int_equal(test_store_number(&self, "SELECT count(*) FROM secret"), 1);
  test_store_remove(&self);
}

static void a_row_whose_events_were_pruned_is_rotated(void **state) {
  test_store self = test_store_prepare();
  ss_rotate_all_result result;
  ss_error error;
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  self.clock->now_ms += 2 * SS_DEFAULT_SECRET_RETENTION_MS;
  test_put(self.store, NULL, "B", "1");
  assert_ok(ss_cleanup_events(self.store, 500, NULL, NULL, &error), &error);
  assert_int_equal(test_store_number(&self, "SELECT count(*) FROM event WHERE type < 5"), 1);
  test_store_reopen_with(&self, 2, 1);
  assert_ok(ss_rotate_all(self.store, NULL, NULL, NULL, &result, &error), &error);
  assert_int_equal(result.rotated, 2);
  test_store_remove(&self);
}

/* ---- The last revision ---------------------------------------------------------------------- */

static ss_status raise_to_the_last_revision(void *context, transaction *tx, bool *changed,
                                            ss_error *error) {
  change self ON_SCOPE_EXIT(change_clear);
  gate open = {0};
  (void)context;
  change_begin(&self, tx->store, tx->scratch, &open);
  self.name = text_view_of("A");
  *changed = true;
  GUARD(change_find(&self, tx, false, error));
  GUARD(change_authenticate(&self, error));
  GUARD(change_compare(&self, error));
  GUARD(change_compose(&self, CHANGE_ROTATES, error));
  self.row.revision = SS_MAX_INTEGER;
  return change_apply(&self, &self.key, (text_view){0}, error);
}

static ss_status run(test_store *self, transaction_body body, void *context, ss_error *error) {
  scratch *with = NULL;
  gate open = {0};
  GUARD(scratch_take(self->store, &with, error));
  const ss_status status = transaction_run(self->store, with, &open, body, context, error);
  scratch_return(self->store, with);
  return status;
}

static void a_secret_at_its_last_revision_is_refused_by_import_and_the_rest_goes_on(void **state) {
  test_store self = test_store_prepare();
  ss_import_report report;
  ss_error error;
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  test_put(self.store, NULL, "B", "1");
  byte_buffer text = exported(&self);
  assert_ok(run(&self, raise_to_the_last_revision, NULL, &error), &error);
  assert_fails(update(&self, "A", NULL, &error), SS_UNSUPPORTED, &error);
  assert_ok(import_over(&self, &text, true, &report, &error), &error);
  assert_int_equal(report.replaced, 1);
  assert_int_equal(report.refused, 1);
  assert_string_equal(report.faults[0].name, "A");
  assert_int_equal(report.faults[0].code, SS_UNSUPPORTED);
  ss_import_report_clear(&report);
  buffer_clear(&text);
  assert_int_equal(faults_of(self.store), 0);
  test_store_remove(&self);
}

/* ---- What the policy sees ------------------------------------------------------------------- */

/* Whether every event says of the policy's now what it says of its own time. */
static void assert_times_agree(test_store *self, int64_t events) {
  assert_int_equal(test_store_number(self, "SELECT count(*) FROM event"), events);
  assert_int_equal(test_store_number(self,
                                     "SELECT count(*) FROM event"
                                     " WHERE json_extract(detail, '$.now') = created_at"),
                   events);
}

static void every_change_tells_enrich_the_time_of_its_transaction(void **state) {
  static const char text_of_policy[] =
      "return { enrich = function(e, r) return { now = r.now } end }";
  test_store self = open_under(text_of_policy, tick);
  ss_remove_request removal;
  ss_import_report report;
  ss_error error;
  assert_ok(put_for(&self, "A", 1, NULL, &error), &error);
  assert_ok(put_for(&self, "B", 3600000, NULL, &error), &error);
  assert_ok(update(&self, "B", NULL, &error), &error);
  byte_buffer text = exported(&self);
  assert_ok(import_over(&self, &text, false, &report, &error), &error);
  ss_import_report_clear(&report);
  buffer_clear(&text);
  assert_ok(ss_cleanup_secrets(self.store, 1, NULL, NULL, &error), &error);
  ss_remove_request_init(&removal);
  removal.name = "B";
  assert_ok(ss_remove(self.store, &removal, NULL, &error), &error);
  assert_ok(put_for(&self, "C", 3600000, NULL, &error), &error);
  test_store_reopen_with(&self, 2, 1);
  use_policy(&self, text_of_policy);
  assert_ok(ss_rotate_all(self.store, NULL, NULL, NULL, NULL, &error), &error);
  assert_times_agree(&self, 9);
  test_store_remove(&self);
}

static void enrich_sees_what_an_import_replaces(void **state) {
  test_store self = open_under(
      "return { enrich = function(e, r)\n"
      "  return { was = r.current and r.current.revision, has_value = r.value ~= nil } end }",
      test_clock_read);
  ss_import_report report;
  ss_error error;
  test_put(self.store, NULL, "A", "1");
  test_put(self.store, NULL, "A", "2");
  byte_buffer text = exported(&self);
  assert_ok(import_over(&self, &text, false, &report, &error), &error);
  ss_import_report_clear(&report);
  buffer_clear(&text);
  assert_int_equal(test_store_number(&self,
                                     "SELECT json_extract(detail, '$.was') FROM event"
                                     " ORDER BY sequence DESC LIMIT 1"),
                   2);
  assert_int_equal(test_store_number(&self,
                                     "SELECT json_extract(detail, '$.has_value') FROM event"
                                     " ORDER BY sequence DESC LIMIT 1"),
                   0);
  test_store_remove(&self);
}

static void an_expiry_is_counted_from_the_transactions_time(void **state) {
  test_store self = open_under("return { expiry = { default_ms = 3600000 } }", tick);
  ss_put_result put;
  ss_error error;
  assert_ok(put_for(&self, "A", 5000, &put, &error), &error);
  assert_int_equal(put.expires_at, put.updated_at + 5000);
  put = test_put(self.store, NULL, "B", "1");
  assert_int_equal(put.expires_at, put.updated_at + 3600000);
  put = test_put(self.store, NULL, "B", "2");
  assert_int_equal(put.expires_at, put.created_at + 3600000);
  test_store_remove(&self);
}

/* ---- Before the lock ------------------------------------------------------------------------ */

/* What a storage is asked for, and what happens as it is. */
typedef struct watch {
  const char *operation;
  int times;
  test_store *other; /* puts a secret, once */
  ss_status answer;
} watch;

static ss_status watch_storage(void *context, const char *operation, ss_error *error) {
  watch *self = context;
  if (strcmp(operation, self->operation) != 0) return SS_OK;
  self->times++;
  if (self->other != NULL) {
    ss_put_request request;
    ss_put_request_init(&request);
    request.name = "A";
    request.metadata = SS_SET;
    request.metadata_json = "{\"locked\":true}";
    assert_ok(ss_put(self->other->store, &request, NULL, error), error);
    self->other = NULL;
  }
  if (error != NULL) error->code = self->answer;
  return self->answer;
}

static void begin_watch(test_store *self, watch *watching) {
  self->store->storage->fault = watch_storage;
  self->store->storage->fault_context = watching;
}

static void what_the_policy_refuses_takes_no_lock(void **state) {
  test_store self = test_store_prepare();
  watch watching = {.operation = "begin_write"};
  ss_remove_request removal;
  ss_error error;
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  use_policy(&self, "return { authorize = function() return false end }");
  begin_watch(&self, &watching);
  assert_fails(put_for(&self, "A", 1, NULL, &error), SS_POLICY_DENIED, &error);
  assert_fails(update(&self, "A", NULL, &error), SS_POLICY_DENIED, &error);
  ss_remove_request_init(&removal);
  removal.name = "A";
  assert_fails(ss_remove(self.store, &removal, NULL, &error), SS_POLICY_DENIED, &error);
  assert_int_equal(watching.times, 0);
  test_store_remove(&self);
}

static void a_row_that_moved_is_judged_again(void **state) {
  test_store self = test_store_prepare();
  ss_error error;
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  test_store other = self;
  other.store = NULL;
  test_store_open(&other);
  watch watching = {.operation = "begin_write", .other = &other};
  use_policy(
      &self,
      "return { authorize = function(r)\n"
      "  return not (r.current and r.current.metadata and r.current.metadata.locked), 'locked'"
      " end }");
  begin_watch(&self, &watching);
  assert_fails(put_for(&self, "A", 1, NULL, &error), SS_POLICY_DENIED, &error);
  assert_string_equal(error.message, "locked");
  assert_int_equal(watching.times, 1);
  self.store->storage->fault = NULL;
  test_store_close(&other);
  test_store_remove(&self);
}

/* ---- Attempts ------------------------------------------------------------------------------- */

typedef struct attempt {
  change change;
  gate open;
  dek key;
  unsigned char iv[GCM_IV_BYTES];
} attempt;

static ss_status create(void *context, transaction *tx, bool *changed, ss_error *error) {
  attempt *self = context;
  *changed = true;
  GUARD(change_find(&self->change, tx, true, error));
  GUARD(change_compose(&self->change, CHANGE_CREATES, error));
  self->change.row.iv = (byte_view){self->iv, sizeof self->iv};
  self->change.row.value = (byte_view){self->iv, sizeof self->iv};
  self->change.row.value_digest = (byte_view){self->iv, sizeof self->iv};
  return change_apply(&self->change, &self->key, (text_view){0}, error);
}

static void an_iv_is_drawn_and_a_wrap_counted_for_every_attempt(void **state) {
  test_store self = test_store_prepare();
  attempt tried = {.open = {.subject = {.expires_at = SS_NO_EXPIRY}}};
  watch watching = {.operation = "commit", .answer = SS_STORAGE_FAILED};
  ss_error error;
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  change_begin(&tried.change, self.store, NULL, &tried.open);
  assert_ok(scratch_take(self.store, &tried.change.scratch, &error), &error);
  tried.change.name = text_view_of("B");
  begin_watch(&self, &watching);
  assert_fails(
      transaction_run(self.store, tried.change.scratch, &tried.open, create, &tried, &error),
      SS_STORAGE_FAILED, &error);
  unsigned char first[GCM_IV_BYTES];
  memcpy(first, tried.change.wrapped.iv, sizeof first);
  self.store->storage->fault = NULL;
  const int64_t at_hand = self.store->budget.available;
  assert_ok(transaction_run(self.store, tried.change.scratch, &tried.open, create, &tried, &error),
            &error);
  assert_memory_not_equal(first, tried.change.wrapped.iv, sizeof first);
  assert_true(at_hand == 0 || self.store->budget.available == at_hand - 1);
  scratch_return(self.store, tried.change.scratch);
  change_clear(&tried.change);
  assert_int_equal(test_store_number(&self, "SELECT count(*) FROM secret"), 2);
  test_store_remove(&self);
}

static void nothing_is_reported_before_the_commit(void **state) {
  test_store self = test_store_prepare();
  watch watching = {.operation = "commit", .answer = SS_STORAGE_FAILED};
  ss_put_result put = {.revision = 7};
  ss_update_result updated = {.revision = 7};
  ss_error error;
  test_store_open(&self);
  test_put(self.store, NULL, "A", "1");
  begin_watch(&self, &watching);
  assert_fails(put_for(&self, "A", 1, &put, &error), SS_STORAGE_FAILED, &error);
  assert_int_equal(put.revision, 0);
  assert_fails(update(&self, "A", &updated, &error), SS_STORAGE_FAILED, &error);
  assert_int_equal(updated.revision, 0);
  assert_int_equal(watching.times, 2);
  self.store->storage->fault = NULL;
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rotation_signs_no_row_with_a_forged_iv),
      cmocka_unit_test(rotation_signs_no_row_whose_iv_has_a_wrong_length),
      cmocka_unit_test(rotation_signs_no_row_that_was_put_back),
      cmocka_unit_test(rotation_signs_no_row_whose_events_were_removed),
      cmocka_unit_test(update_signs_no_row_that_is_not_what_was_last_signed),
      cmocka_unit_test(cleanup_deletes_no_row_that_is_not_what_was_last_signed),
      cmocka_unit_test(a_row_whose_events_were_pruned_is_rotated),
      cmocka_unit_test(a_secret_at_its_last_revision_is_refused_by_import_and_the_rest_goes_on),
      cmocka_unit_test(every_change_tells_enrich_the_time_of_its_transaction),
      cmocka_unit_test(enrich_sees_what_an_import_replaces),
      cmocka_unit_test(an_expiry_is_counted_from_the_transactions_time),
      cmocka_unit_test(what_the_policy_refuses_takes_no_lock),
      cmocka_unit_test(a_row_that_moved_is_judged_again),
      cmocka_unit_test(an_iv_is_drawn_and_a_wrap_counted_for_every_attempt),
      cmocka_unit_test(nothing_is_reported_before_the_commit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
