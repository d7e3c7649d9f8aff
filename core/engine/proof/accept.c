/* accept: takes a namespace's rows as they are. Its chain begins anew with the event that says so; its
 * state is what is there; and the seal covers the namespaces that are there. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"
#include "engine/change/root_change.h"
#include "engine/change/row.h"
#include "engine/change/state_scan.h"
#include "engine/operations/arguments.h"
#include "engine/operations/walk.h"

typedef struct acceptance {
  ss_store *store;
  scratch *scratch;
  text_view namespace_name;
  text_view actor;
  gate gate;
  bool takes_seal; /* which does not cover the namespaces as they are */
  ss_accept_result result;
} acceptance;

static void acceptance_clear(acceptance *self) { gate_end(&self->gate); }

/* ---- How much there is to accept ------------------------------------------------------------- */

static bool is_about(const ss_fault *fault, text_view namespace_name) {
  const bool is_stores = fault->kind == SS_FAULT_STORE_CHANGED;
  return is_stores || text_view_equals(text_view_of(fault->namespace_name), namespace_name);
}

/* Those of the namespace, and of the store as a whole. Beyond what a verification describes nobody
 * knows whose they are: they are counted here, rather than not at all. */
static ss_status count_faults(acceptance *self, ss_error *error) {
  ss_verify_report report;
  GUARD(ss_verify(self->store, NULL, &report, error));
  for (size_t i = 0; i < report.faults_described; i++) {
    self->result.faults += is_about(&report.faults[i], self->namespace_name);
  }
  self->result.faults += report.fault_count - (int64_t)report.faults_described;
  ss_verify_report_clear(&report);
  return SS_OK;
}

/* ---- The rows -------------------------------------------------------------------------------- */

/* What nobody can authenticate would be none that was accepted, but one that nobody can read. */
static ss_status check_row(void *context, row_table table, const kept_row *row,
                           const unsigned char digest[SHA256_BYTES], ss_error *error) {
  acceptance *self = context;
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  (void)table, (void)digest;
  const ss_status status = row_unwrap_dek(self->store, self->scratch, self->namespace_name,
                                          row->row.name, &row->row, &key, error);
  self->result.rows++;
  if (status != SS_KEY_VERSION_UNAVAILABLE) return status;
  error_clear(error);
  return SS_OK;
}

static ss_status take_rows(acceptance *self, transaction *tx, ss_error *error) {
  namespace_record *head = &tx->namespace_row;
  state_totals totals;
  const state_scan scan = {
      .scratch = tx->scratch,
      .session = tx->session,
      .namespace_name = self->namespace_name,
      .namespace_id = head->id,
      .is_whole = true,
      .visitor = check_row,
      .context = self,
  };
  self->result.rows = 0;
  GUARD(state_scan_run(&scan, &totals, error));
  head->secrets = totals.rows[ROWS_OF_SECRETS];
  head->versions = totals.rows[ROWS_OF_VERSIONS];
  head->removed = totals.rows[ROWS_OF_REMOVED];
  memcpy(head->sum, totals.sum, sizeof head->sum);
  return SS_OK;
}

/* ---- The chain ------------------------------------------------------------------------------- */

static ss_status take_sequence(void *context, const event_record *event, ss_error *error) {
  int64_t *newest = context;
  (void)error;
  if (event->sequence > *newest && event->sequence < SS_MAX_INTEGER) *newest = event->sequence;
  return SS_OK;
}

/* Beyond whatever was numbered before; all of that goes. */
static ss_status begin_chain(transaction *tx, ss_error *error) {
  namespace_record *head = &tx->namespace_row;
  int64_t newest = head->sequence < SS_MAX_INTEGER - 1 ? head->sequence : 0;
  const events_query query = {
      .filter = EVENTS_OF_NAMESPACE,
      .namespace_id = head->id,
      .order = SS_DESCENDING,
      .limit = 1,
  };
  GUARD(storage_visit_events(tx->session, &query, take_sequence, &newest, error));
  GUARD(storage_drop_events(tx->session, head->id, error));
  head->sequence = newest;
  head->checkpoint_sequence = newest;
  if (head->last_event_at > tx->now) head->last_event_at = tx->now;
  GUARD(random_public(head->mac, sizeof head->mac, error));
  memcpy(head->checkpoint_mac, head->mac, sizeof head->checkpoint_mac);
  return SS_OK;
}

static ss_status forget_strays(void *context, const former_secret *secret, ss_error *error) {
  int64_t *ids = context;
  (void)error;
  if (!secret->is_needed && ids[0] < SS_CLEANUP_BATCH) ids[++ids[0]] = secret->id;
  return SS_OK;
}

/* Names of secrets that no event needs any more. */
static ss_status forget_former_secrets(transaction *tx, ss_error *error) {
  int64_t ids[SS_CLEANUP_BATCH + 1];
  do {
    ids[0] = 0;
    GUARD(storage_visit_former_secrets(tx->session, INT64_MIN, SS_MAX_INTEGER, forget_strays, ids,
                                       error));
    for (int64_t i = 1; i <= ids[0]; i++) {
      GUARD(storage_forget_former_secret(tx->session, ids[i], error));
    }
  } while (ids[0] == SS_CLEANUP_BATCH);
  return SS_OK;
}

/* ---- The seal -------------------------------------------------------------------------------- */

static ss_status add_to_seal(transaction *tx, seal_record *seal, text_view name,
                             const namespace_record *record, ss_error *error) {
  seal->namespaces++;
  return signer_change_seal(&tx->scratch->signer, seal, SUM_GAINS, name, record, error);
}

static ss_status add_head(void *context, text_view name, const namespace_record *record, bool *stop,
                          ss_error *error) {
  transaction *tx = context;
  *stop = false;
  if (text_view_equals(name, tx->namespace_name)) return SS_OK; /* it is sealed as it is saved */
  return add_to_seal(tx, &tx->seal, name, record, error);
}

/* From here on the seal is of the other namespaces, until this one is saved. Whether it covered all of
 * them, this one as it was found, is noted. */
static ss_status take_heads(acceptance *self, transaction *tx, const namespace_record *found,
                            ss_error *error) {
  const seal_record before = tx->seal;
  arena *memory = arena_new();
  if (memory == NULL) return error_out_of_memory(error);
  tx->seal.namespaces = 0;
  memset(tx->seal.sum, 0, sizeof tx->seal.sum);
  tx->is_new_namespace = true;
  const ss_status status = walk_namespaces(tx->session, memory, add_head, tx, error);
  arena_free(memory);
  GUARD(status);
  seal_record all = tx->seal;
  GUARD(add_to_seal(tx, &all, tx->namespace_name, found, error));
  self->takes_seal = !seal_covers_same(&before, &all);
  return SS_OK;
}

/* ---- The call -------------------------------------------------------------------------------- */

static ss_status log_acceptance(acceptance *self, transaction *tx, ss_error *error) {
  byte_buffer *detail = &tx->scratch->metadata;
  const ss_accept_result *result = &self->result;
  buffer_reset(detail);
  buffer_append_text(detail, "{\"namespace\":");
  json_append_string(detail, self->namespace_name);
  buffer_append_text(detail, ",\"sequence\":");
  buffer_append_integer(detail, result->sequence);
  buffer_append_text(detail, ",\"faults\":");
  buffer_append_integer(detail, result->faults);
  buffer_append_text(detail, self->takes_seal ? ",\"seal\":true}" : "}");
  GUARD(buffer_status(detail, error));
  const text_view text = {(const char *)detail->data, detail->length};
  return root_change_note(tx, SS_EVENT_NAMESPACE_ACCEPTED, self->actor, text, error);
}

/* What is proved loses nothing, and its events least of all. */
static void leave_as_it_is(acceptance *self, const namespace_record *head) {
  self->result.rows = head->secrets + head->versions + head->removed;
  self->result.sequence = 0;
}

static ss_status accept_body(void *context, transaction *tx, bool *changed, ss_error *error) {
  acceptance *self = context;
  char detail[48];
  bool found = false;
  GUARD(storage_lock_store(tx->session, error)); /* before any namespace's lock */
  tx->accepts_heads = true;
  GUARD(transaction_lock(tx, &(namespace_lock){.name = self->namespace_name}, &found, error));
  if (!found) return error_set(error, SS_NOT_FOUND, "namespace: there is none of that name");
  if (self->result.faults == 0) {
    leave_as_it_is(self, &tx->namespace_row);
    return SS_OK;
  }
  const namespace_record as_found = tx->namespace_row;
  GUARD(take_rows(self, tx, error));
  GUARD(begin_chain(tx, error));
  GUARD(forget_former_secrets(tx, error));
  GUARD(take_heads(self, tx, &as_found, error));
  self->result.sequence = tx->namespace_row.sequence + 1;
  GUARD(log_acceptance(self, tx, error));
  (void)snprintf(detail, sizeof detail, "{\"faults\":%lld}", (long long)self->result.faults);
  *changed = true;
  return transaction_append_note(tx, SS_EVENT_ACCEPTED, self->actor, text_view_of(detail), error);
}

static ss_status accept_in(store_call *call, const ss_accept_request *request,
                           ss_accept_result *result) {
  acceptance self ON_SCOPE_EXIT(acceptance_clear) = {.store = call->store};
  ss_error *error = call->error;
  GUARD(request_check(request, sizeof *request, error));
  GUARD(request_check_namespace(request->namespace_name, &self.namespace_name, error));
  GUARD(request_check_caller(request->caller, &self.actor, error));
  GUARD(gate_begin(&self.gate, call->store, "configure", request->caller, error));
  GUARD(gate_judge(&self.gate, error));
  GUARD(store_call_scratch(call, &self.scratch));
  GUARD(count_faults(&self, error));
  GUARD(transaction_run(call->store, self.scratch, &self.gate, accept_body, &self, error));
  state_maps_forget(&call->store->maps);
  proved_shelves_forget(&call->store->proved);
  *result = self.result;
  return SS_OK;
}

ss_status ss_accept(ss_store *store, const ss_accept_request *request, ss_accept_result *result,
                    ss_error *error) {
  ss_accept_result reported = {0};
  if (result != NULL) *result = reported;
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_ACCEPT, &call, error));
  const ss_status status = accept_in(&call, request, &reported);
  if (result != NULL) *result = reported;
  return store_leave(&call, status);
}
