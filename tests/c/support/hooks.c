/* The hooked store and its calls. */
#include "support/hooks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"

/* ---- Callbacks ----------------------------------------------------------------------------- */

static void run_hook(hooked_store *self, hook_kind kind) {
  int expected = (int)kind;
  if (!atomic_compare_exchange_strong(&self->armed, &expected, HOOK_NONE)) return;
  atomic_fetch_add(&self->fired, 1);
  self->action(self);
}

static void on_log(void *context, ss_log_level level, const char *message) {
  run_hook(context, HOOK_LOG);
}

static int64_t on_clock(void *context) {
  hooked_store *self = context;
  run_hook(self, HOOK_CLOCK);
  return test_clock_read(self->base.clock);
}

static bool on_progress(void *context, int64_t done, int64_t total) {
  hooked_store *self = context;
  atomic_fetch_add(&self->callbacks, 1);
  run_hook(self, HOOK_PROGRESS);
  return true;
}

static bool on_write(void *context, const char *text, size_t length) {
  hooked_store *self = context;
  atomic_fetch_add(&self->callbacks, 1);
  run_hook(self, HOOK_WRITE);
  return true;
}

static bool on_refusal(void *context, const ss_policy_refusal *refusal) {
  hooked_store *self = context;
  atomic_fetch_add(&self->callbacks, 1);
  run_hook(self, HOOK_REFUSAL);
  return true;
}

static bool on_interrupt(void *context) {
  hooked_store *self = context;
  const int number = atomic_fetch_add(&self->asked, 1) + 1;
  run_hook(self, HOOK_INTERRUPT);
  return number == atomic_load(&self->answer_at) || atomic_load(&self->answer);
}

/* ---- The store ----------------------------------------------------------------------------- */

void hook_arm(hooked_store *self, hook_kind kind, void (*action)(hooked_store *self)) {
  self->action = action;
  atomic_store(&self->armed, (int)kind);
}

bool hooked_store_is_held(const hooked_store *self) {
  char path[256];
  (void)snprintf(path, sizeof path, "%s-wal", self->base.path);
  return access(path, F_OK) == 0;
}

static void fill(ss_store *store) {
  static ss_put_request requests[HOOKED_SECRETS + HOOKED_EXPIRED];
  static char names[HOOKED_SECRETS + HOOKED_EXPIRED][16];
  ss_error error;
  for (size_t i = 0; i < HOOKED_SECRETS + HOOKED_EXPIRED; i++) {
    (void)snprintf(names[i], sizeof names[i], "S%04zu", i);
    ss_put_request_init(&requests[i]);
    requests[i].namespace_name = i < HOOKED_SECRETS ? "n" : "old";
    requests[i].name = names[i];
    requests[i].value = names[i];
    requests[i].value_length = strlen(names[i]);
    requests[i].ttl = i < HOOKED_SECRETS ? SS_KEEP : SS_SET;
    requests[i].ttl_ms = 1;
  }
  assert_ok(ss_put_batch(store, requests, HOOKED_SECRETS + HOOKED_EXPIRED, NULL, &error), &error);
}

static bool append_piece(void *context, const char *text, size_t length) {
  buffer_append(context, text, length);
  return true;
}

static void keep_export(hooked_store *self) {
  byte_buffer text = {0};
  ss_export_request request;
  ss_export_report report;
  ss_error error;
  ss_export_request_init(&request);
  request.namespace_given = true;
  request.namespace_name = "n";
  request.write = append_piece;
  request.write_context = &text;
  assert_ok(ss_export(self->base.store, &request, &report, &error), &error);
  ss_export_report_clear(&report);
  self->rows = malloc(text.length);
  assert_non_null(self->rows);
  memcpy(self->rows, text.data, text.length);
  self->rows_length = text.length;
  buffer_clear(&text);
}

ss_options *hooked_store_options(hooked_store *self) {
  ss_options *options = test_store_options(&self->base);
  ss_error error;
  assert_ok(ss_options_set_log(options, SS_LOG_DEBUG, on_log, self, &error), &error);
  assert_ok(ss_options_set_clock(options, on_clock, self, &error), &error);
  assert_ok(ss_options_set_interrupt(options, on_interrupt, self, &error), &error);
  assert_ok(ss_options_set_busy_timeout_ms(options, self->busy_timeout_ms, &error), &error);
  assert_ok(ss_options_set_closed(options, test_latch_open, &self->closed, &error), &error);
  return options;
}

void hooked_store_open_with(hooked_store *self, const ss_options *options) {
  ss_error error;
  assert_ok(ss_store_open(options, &self->base.store, &error), &error);
  self->opened++;
}

void hooked_store_open(hooked_store *self) {
  ss_options *options = hooked_store_options(self);
  hooked_store_open_with(self, options);
  ss_options_free(options);
}

void hooked_store_await_closed(hooked_store *self) {
  test_latch_await(&self->closed, self->opened);
}

hooked_store *hooked_store_new(void) {
  hooked_store *self = calloc(1, sizeof *self);
  assert_non_null(self);
  self->base = test_store_prepare();
  self->closed = (test_latch)TEST_LATCH;
  self->busy_timeout_ms = 600000; /* no test waits for that */
  test_store_open(&self->base);
  fill(self->base.store);
  keep_export(self);
  test_store_close(&self->base);
  self->base.clock->now_ms += INT64_C(1000) * 3600 * 24 * 365;
  self->base.keys[0] = 2, self->base.keys[1] = 1;
  hooked_store_open(self);
  test_put(self->base.store, "log", "A", "is not empty");
  return self;
}

void hooked_store_remove(hooked_store *self) {
  test_store_close(&self->base);
  hooked_store_await_closed(self);
  test_store_remove(&self->base);
  free(self->rows);
  free(self);
}

/* ---- Calls --------------------------------------------------------------------------------- */

static ss_put_request put_of(const char *name) {
  ss_put_request request;
  ss_put_request_init(&request);
  request.namespace_name = "new";
  request.name = name;
  request.value = "v";
  request.value_length = 1;
  return request;
}

static ss_status run_put(hooked_store *self, ss_error *error) {
  const ss_put_request request = put_of("ONE");
  return ss_put(self->base.store, &request, NULL, error);
}

static ss_status run_put_batch(hooked_store *self, ss_error *error) {
  ss_put_request requests[10];
  char names[10][8];
  for (size_t i = 0; i < 10; i++) {
    (void)snprintf(names[i], sizeof names[i], "B%zu", i);
    requests[i] = put_of(names[i]);
  }
  return ss_put_batch(self->base.store, requests, 10, NULL, error);
}

static ss_status run_get(hooked_store *self, ss_error *error) {
  ss_get_request request;
  ss_get_result result;
  ss_get_request_init(&request);
  request.namespace_name = "n";
  request.name = "S0000";
  const ss_status status = ss_get_or_throw(self->base.store, &request, &result, error);
  ss_get_result_clear(&result);
  return status;
}

static ss_status run_list(hooked_store *self, ss_error *error) {
  ss_list_request request;
  ss_secret_page page;
  ss_list_request_init(&request);
  request.namespace_name = "n";
  const ss_status status = ss_list(self->base.store, &request, &page, error);
  ss_secret_page_clear(&page);
  return status;
}

static ss_status run_verify(hooked_store *self, ss_error *error) {
  ss_verify_request request;
  ss_verify_report report;
  ss_verify_request_init(&request);
  request.progress = on_progress;
  request.progress_context = self;
  const ss_status status = ss_verify(self->base.store, &request, &report, error);
  ss_verify_report_clear(&report);
  return status;
}

static ss_status run_audit_head(hooked_store *self, ss_error *error) {
  ss_audit_head head;
  const ss_status status = ss_get_audit_head(self->base.store, &head, error);
  ss_audit_head_clear(&head);
  return status;
}

static ss_status run_backup(hooked_store *self, ss_error *error) {
  ss_backup_request request;
  bool stopped = false;
  ss_backup_request_init(&request);
  request.path = test_path(&self->base.folder, "copy.db");
  request.progress = on_progress;
  request.progress_context = self;
  const ss_status status = ss_backup(self->base.store, &request, &stopped, error);
  assert_false(stopped);
  return status;
}

static ss_status run_export(hooked_store *self, ss_error *error) {
  ss_export_request request;
  ss_export_report report;
  ss_export_request_init(&request);
  request.write = on_write;
  request.write_context = self;
  const ss_status status = ss_export(self->base.store, &request, &report, error);
  ss_export_report_clear(&report);
  return status;
}

static ss_status import_rows(hooked_store *self, bool partial, ss_error *error) {
  ss_import_request request;
  ss_import_report report;
  ss_import_request_init(&request);
  request.text = self->rows;
  request.text_length = self->rows_length;
  request.existing = SS_EXISTING_REPLACE;
  request.partial = partial;
  const ss_status status = ss_import(self->base.store, &request, &report, error);
  ss_import_report_clear(&report);
  return status;
}

static ss_status run_import(hooked_store *self, ss_error *error) {
  return import_rows(self, false, error);
}

static ss_status run_partial_import(hooked_store *self, ss_error *error) {
  return import_rows(self, true, error);
}

static ss_status run_rotate_keys(hooked_store *self, ss_error *error) {
  ss_rotate_request request;
  ss_rotate_result result;
  ss_rotate_request_init(&request);
  request.from_version = 1;
  return ss_rotate_keys(self->base.store, &request, &result, error);
}

static ss_status run_rotate_all(hooked_store *self, ss_error *error) {
  return ss_rotate_all(self->base.store, NULL, on_progress, self, NULL, error);
}

static ss_status run_cleanup_secrets(hooked_store *self, ss_error *error) {
  return ss_cleanup_secrets(self->base.store, 1000, NULL, NULL, error);
}

static ss_status run_cleanup_events(hooked_store *self, ss_error *error) {
  return ss_cleanup_events(self->base.store, 1000, NULL, NULL, error);
}

static ss_status run_maintenance_step(hooked_store *self, ss_error *error) {
  return ss_maintenance_step(self->base.store, NULL, error);
}

static ss_status run_policy_try(hooked_store *self, ss_error *error) {
  static const char text[] = "return { authorize = function() return false end }";
  const ss_policy_source source = {"policy.lua", text, sizeof text - 1};
  return ss_policy_try(self->base.store, &source, on_refusal, self, NULL, error);
}

const hooked_call hooked_calls[] = {
    {"put", HOOK_LOG, run_put, SS_OK}, /* at its very end */
    {"put", HOOK_CLOCK, run_put, SS_OK},
    {"get", HOOK_LOG, run_get, SS_OK},
    {"get", HOOK_CLOCK, run_get, SS_OK},
    {"list", HOOK_CLOCK, run_list, SS_OK},
    {"put_batch", HOOK_CLOCK, run_put_batch, SS_CLOSED},
    {"put_batch", HOOK_INTERRUPT, run_put_batch, SS_CLOSED},
    {"verify", HOOK_PROGRESS, run_verify, SS_CLOSED},
    {"verify", HOOK_INTERRUPT, run_verify, SS_CLOSED},
    {"audit_head", HOOK_CLOCK, run_audit_head, SS_CLOSED},
    {"audit_head", HOOK_INTERRUPT, run_audit_head, SS_CLOSED},
    {"backup", HOOK_PROGRESS, run_backup, SS_CLOSED},
    {"backup", HOOK_INTERRUPT, run_backup, SS_CLOSED},
    {"export", HOOK_WRITE, run_export, SS_CLOSED},
    {"export", HOOK_INTERRUPT, run_export, SS_CLOSED},
    {"import", HOOK_CLOCK, run_import, SS_CLOSED},
    {"import", HOOK_INTERRUPT, run_import, SS_CLOSED},
    {"partial_import", HOOK_CLOCK, run_partial_import, SS_CLOSED},
    {"partial_import", HOOK_INTERRUPT, run_partial_import, SS_CLOSED},
    {"rotate_keys", HOOK_CLOCK, run_rotate_keys, SS_CLOSED},
    {"rotate_keys", HOOK_INTERRUPT, run_rotate_keys, SS_CLOSED},
    {"rotate_all", HOOK_PROGRESS, run_rotate_all, SS_CLOSED},
    {"rotate_all", HOOK_INTERRUPT, run_rotate_all, SS_CLOSED},
    {"cleanup_secrets", HOOK_CLOCK, run_cleanup_secrets, SS_CLOSED},
    {"cleanup_secrets", HOOK_INTERRUPT, run_cleanup_secrets, SS_CLOSED},
    {"cleanup_events", HOOK_CLOCK, run_cleanup_events, SS_CLOSED},
    {"cleanup_events", HOOK_INTERRUPT, run_cleanup_events, SS_CLOSED},
    {"maintenance_step", HOOK_CLOCK, run_maintenance_step, SS_CLOSED},
    {"maintenance_step", HOOK_INTERRUPT, run_maintenance_step, SS_CLOSED},
    {"policy_try", HOOK_REFUSAL, run_policy_try, SS_CLOSED},
    {"policy_try", HOOK_INTERRUPT, run_policy_try, SS_CLOSED},
};
const size_t hooked_call_count = sizeof hooked_calls / sizeof hooked_calls[0];

const hooked_call *hooked_call_named(const char *name, hook_kind kind) {
  for (size_t i = 0; i < hooked_call_count; i++) {
    const hooked_call *call = &hooked_calls[i];
    if (call->kind == kind && strcmp(call->name, name) == 0) return call;
  }
  fail_msg("no call %s with hook %d", name, (int)kind);
  return NULL;
}
