/* The settings of a store, admitting keys, noting a restore: changes of its root that are asked
 * for. */
#include <stdio.h>

#include "base/status.h"
#include "engine/change/root_change.h"
#include "engine/operations/arguments.h"
#include "engine/store/beliefs.h"

/* ---- Reading --------------------------------------------------------------------------------- */

static ss_store_settings settings_of(const scratch *with) {
  const root_settings *settings = &with->trust->root.settings;
  return (ss_store_settings){.events_min_retention_ms = settings->events_min_retention_ms};
}

static ss_status get_in(store_call *call, ss_store_settings *settings) {
  reading session ON_SCOPE_EXIT(reading_end) = {0};
  GUARD(reading_begin_checked(call, &session));
  *settings = settings_of(call->scratch);
  return SS_OK;
}

ss_status ss_get_store_settings(ss_store *store, ss_store_settings *settings, ss_error *error) {
  if (settings == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "settings: expected a place for them, got none");
  }
  *settings = (ss_store_settings){0};
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_SETTINGS, &call, error));
  return store_leave(&call, get_in(&call, settings));
}

/* ---- Changing -------------------------------------------------------------------------------- */

typedef struct settings_change {
  const ss_settings_request *request;
  text_view actor;
  gate gate;
} settings_change;

static void settings_change_clear(settings_change *self) { gate_end(&self->gate); }

static ss_status log_settings(transaction *tx, text_view actor, ss_error *error) {
  byte_buffer *detail = &tx->scratch->detail;
  buffer_reset(detail);
  root_append_settings(detail, &tx->next->root.settings);
  GUARD(buffer_status(detail, error));
  const text_view text = {(const char *)detail->data, detail->length};
  return root_change_log(tx, SS_EVENT_SETTINGS_CHANGED, actor, text, error);
}

static ss_status change_body(void *context, transaction *tx, bool *changed, ss_error *error) {
  const settings_change *self = context;
  if (self->request->events_min_retention == SS_KEEP) return SS_OK;
  GUARD(root_change_begin(tx, error));
  tx->next->root.settings.events_min_retention_ms = self->request->events_min_retention_ms;
  GUARD(log_settings(tx, self->actor, error));
  *changed = true;
  return root_change_end(tx, error);
}

static ss_status check_request(settings_change *self, ss_error *error) {
  const ss_settings_request *request = self->request;
  GUARD(request_check(request, sizeof *request, error));
  if (request->events_min_retention == SS_CLEAR) {
    return error_set(error, SS_INVALID_ARGUMENT,
                     "events_min_retention_ms: expected 0 to 2^53-1 ms, got none");
  }
  GUARD(request_check_ms("events_min_retention_ms", request->events_min_retention,
                         request->events_min_retention_ms, error));
  return request_check_caller(request->caller, &self->actor, error);
}

static ss_status change_in(store_call *call, const ss_settings_request *request,
                           ss_store_settings *settings) {
  settings_change self ON_SCOPE_EXIT(settings_change_clear) = {.request = request};
  scratch *with = NULL;
  GUARD(check_request(&self, call->error));
  GUARD(gate_begin(&self.gate, call->store, "configure", request->caller, call->error));
  GUARD(gate_judge(&self.gate, call->error));
  GUARD(store_call_scratch(call, &with));
  GUARD(transaction_run(call->store, with, &self.gate, change_body, &self, call->error));
  *settings = settings_of(with);
  return SS_OK;
}

ss_status ss_change_store_settings(ss_store *store, const ss_settings_request *request,
                                   ss_store_settings *settings, ss_error *error) {
  ss_store_settings then = {0};
  if (settings != NULL) *settings = then;
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_SETTINGS, &call, error));
  const ss_status status = change_in(&call, request, &then);
  if (settings != NULL) *settings = then;
  return store_leave(&call, status);
}

/* ---- Admitting keys -------------------------------------------------------------------------- */

/* What beginning the transaction does is all that is wanted. */
static ss_status admit_body(void *context, transaction *tx, bool *changed, ss_error *error) {
  int64_t *admitted = context;
  (void)error;
  trust *before = trusts_take(&tx->store->trusts);
  *changed = tx->next != NULL;
  *admitted = (int64_t)(tx->scratch->trust->root.kek_count - before->root.kek_count);
  trust_release(before);
  return SS_OK;
}

static ss_status admit_in(store_call *call, const ss_caller *caller, int64_t *admitted) {
  gate passed ON_SCOPE_EXIT(gate_end) = {0};
  scratch *with = NULL;
  text_view actor;
  GUARD(request_check_caller(caller, &actor, call->error));
  GUARD(gate_begin(&passed, call->store, "configure", caller, call->error));
  GUARD(gate_judge(&passed, call->error));
  GUARD(store_call_scratch(call, &with));
  return transaction_run(call->store, with, &passed, admit_body, admitted, call->error);
}

ss_status ss_admit_keys(ss_store *store, const ss_caller *caller, int64_t *admitted,
                        ss_error *error) {
  int64_t count = 0;
  if (admitted != NULL) *admitted = 0;
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_ADMIT_KEYS, &call, error));
  const ss_status status = admit_in(&call, caller, &count);
  if (admitted != NULL && status == SS_OK) *admitted = count;
  return store_leave(&call, status);
}

/* ---- Restoring ------------------------------------------------------------------------------- */

static ss_status restored_body(void *context, transaction *tx, bool *changed, ss_error *error) {
  const text_view *actor = context;
  char detail[48];
  GUARD(root_change_begin(tx, error));
  tx->next->root.incarnation++;
  (void)snprintf(detail, sizeof detail, "{\"incarnation\":%lld}",
                 (long long)tx->next->root.incarnation);
  GUARD(root_change_log(tx, SS_EVENT_RESTORED, *actor, text_view_of(detail), error));
  *changed = true;
  return root_change_end(tx, error);
}

static ss_status note_restored_in(store_call *call, const ss_caller *caller) {
  gate passed ON_SCOPE_EXIT(gate_end) = {0};
  scratch *with = NULL;
  text_view actor;
  GUARD(request_check_caller(caller, &actor, call->error));
  GUARD(gate_begin(&passed, call->store, "configure", caller, call->error));
  GUARD(gate_judge(&passed, call->error));
  GUARD(store_call_scratch(call, &with));
  return transaction_run(call->store, with, &passed, restored_body, &actor, call->error);
}

ss_status ss_note_restored(ss_store *store, const ss_caller *caller, ss_error *error) {
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_SETTINGS, &call, error));
  return store_leave(&call, note_restored_in(&call, caller));
}
