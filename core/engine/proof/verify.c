/* verify: every chain, every row, and each against the other, in one snapshot of the store.
 *
 * A row is checked twice. Its wrapped DEK authenticates what it says in plain text, and the DEK the
 * value: that shows changes. Its digest must be the one that its last event carries: that shows a
 * row put back to an older state, which is authentic in itself. Rows whose key is not configured
 * get the second check only. */
#include <stdio.h>
#include <string.h>

#include "audit/chain_verify.h"
#include "base/memory.h"
#include "base/status.h"
#include "engine/change/last_event.h"
#include "engine/change/row.h"
#include "engine/operations/arguments.h"
#include "engine/operations/walk.h"
#include "engine/proof/verification.h"
#include "engine/store/host.h"

enum { ROWS_PER_PROGRESS = 200, MESSAGE_CAPACITY = 256 };

/* ---- Chains -------------------------------------------------------------------------------- */

/* What a chain's fault is called here, and its sentence, in which %lld is the sequence. */
static const struct {
  ss_fault_kind kind;
  const char *sentence;
} chain_faults[] = {
    [CHAIN_SEQUENCE_BROKEN] = {SS_FAULT_EVENT_MISSING,
                               "an event before event %lld was removed, or events were added or "
                               "reordered"},
    [CHAIN_MAC_WRONG] = {SS_FAULT_EVENT_CHANGED, "event %lld, or the MAC before it, was changed"},
    [CHAIN_HEAD_WRONG] = {SS_FAULT_HEAD_WRONG,
                          "the chain does not end with event %lld, which its head names: the tail "
                          "was cut off or the head replaced"},
    [CHAIN_HEAD_NOT_AUTHENTIC] = {SS_FAULT_HEAD_NOT_AUTHENTIC,
                                  "the head of the chain, at event %lld, was replaced"},
    [CHAIN_CHECKPOINT_NOT_AUTHENTIC] = {SS_FAULT_CHECKPOINT_NOT_AUTHENTIC,
                                        "the checkpoint at event %lld was replaced"},
    [CHAIN_SECRET_MISSING] = {SS_FAULT_SECRET_MISSING,
                              "the secret of event %lld is gone, and no event says that it was "
                              "deleted"},
};

static ss_status check_chain(verification *self, ss_error *error) {
  chain_report chain;
  GUARD(chain_verify_namespace(&self->scratch->signer, self->session, self->namespace_name,
                               &self->record, &chain, error));
  self->report->events_checked += chain.events_checked;
  self->report->events_uncheckable += chain.events_uncheckable;
  if (chain.fault == CHAIN_INTACT) return SS_OK;
  char message[MESSAGE_CAPACITY];
  /* The formats are the table's above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  (void)snprintf(message, sizeof message, chain_faults[chain.fault].sentence,
                 (long long)chain.fault_sequence);
#pragma GCC diagnostic pop
  return verification_add_fault(self, chain_faults[chain.fault].kind, (text_view){0},
                                chain.fault_sequence, message, error);
}

/* ---- Rows ---------------------------------------------------------------------------------- */

static ss_status compare_with_log(verification *self, text_view name, int64_t secret_id,
                                  const unsigned char digest[SHA256_BYTES], ss_error *error) {
  last_event last;
  GUARD(last_event_find(self->session, secret_id, &last, error));
  if (!last.found && self->record.checkpoint_sequence > 0) {
    self->report->rows_without_events++;
    return SS_OK;
  }
  if (!last.found) {
    return verification_add_fault(self, SS_FAULT_ROW_WITHOUT_EVENT, name, 0,
                                  "a row that no event of the log created", error);
  }
  if (last_event_left(&last, digest)) return SS_OK;
  return verification_add_fault(
      self, SS_FAULT_ROW_OUTDATED, name, last.sequence,
      last.type == SS_EVENT_DELETED
          ? "a row that was deleted is back"
          : "the row is not as its last event left it: it was put back to an older "
            "state, or changed",
      error);
}

/* Decrypts the value into memory that is wiped at once. */
static ss_status open_value(verification *self, text_view name, const secret_record *row,
                            ss_error *error) {
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  envelope *opener = self->scratch->envelope;
  GUARD(row_unwrap_dek(self->store, opener, self->namespace_name, name, row, &key, error));
  unsigned char *value = memory_new_unfilled(row->value.length);
  if (value == NULL) return error_out_of_memory(error);
  const ss_status status = envelope_open_value(opener, &key, row->iv, self->namespace_name, name,
                                               row->value, value, error);
  memory_wipe_and_free(value, row->value.length);
  return status;
}

static ss_status judge_row(verification *self, text_view name, ss_status opened, ss_error *error) {
  if (opened == SS_KEY_VERSION_UNAVAILABLE) {
    self->report->rows_uncheckable++;
    return SS_OK;
  }
  self->report->rows_checked++;
  if (opened == SS_DECRYPTION_FAILED || opened == SS_UNSUPPORTED) {
    return verification_add_fault(
        self, SS_FAULT_ROW_NOT_AUTHENTIC, name, 0,
        "the row or its value does not authenticate: it was changed, moved or damaged", error);
  }
  return opened;
}

static ss_status check_row(verification *self, text_view name, ss_error *error) {
  secret_record row = {0};
  bool found = false;
  unsigned char digest[SHA256_BYTES];
  GUARD(storage_find_secret(self->session, self->record.id, name, &row, &found, error));
  if (!found) {
    return verification_add_fault(self, SS_FAULT_ROW_NOT_AUTHENTIC, name, 0,
                                  "a row that its own index does not find", error);
  }
  const int64_t secret_id = row.id;
  GUARD(chain_row_digest(&self->scratch->signer, &row, digest, error));
  const ss_status opened = open_value(self, name, &row, error);
  error_clear(error);
  GUARD(judge_row(self, name, opened, error));
  return compare_with_log(self, name, secret_id, digest, error);
}

static ss_status report_progress(verification *self, ss_error *error) {
  self->rows_since_progress = 0;
  const ss_verify_report *report = self->report;
  const int64_t done = report->rows_checked + report->rows_uncheckable;
  const int64_t total = done > self->secrets_expected ? done : self->secrets_expected;
  self->stopped = !host_hears_progress(self->store, self->request->progress,
                                       self->request->progress_context, done, total);
  return storage_session_check(self->session, error);
}

static ss_status visit_row(void *context, text_view name, bool *stop, ss_error *error) {
  verification *self = context;
  GUARD(check_row(self, name, error));
  if (++self->rows_since_progress == ROWS_PER_PROGRESS) GUARD(report_progress(self, error));
  *stop = self->stopped;
  return SS_OK;
}

static ss_status check_rows(verification *self, ss_error *error) {
  GUARD(walk_secrets(self->session, self->record.id, visit_row, self, &self->rows_found, error));
  if (!self->stopped) GUARD(report_progress(self, error));
  if (self->stopped || self->rows_found == self->record.secret_count) return SS_OK;
  char message[MESSAGE_CAPACITY];
  (void)snprintf(message, sizeof message,
                 "the log says that there are %lld secrets, and there are %lld: rows were deleted "
                 "or added without an event",
                 (long long)self->record.secret_count, (long long)self->rows_found);
  return verification_add_fault(self, SS_FAULT_COUNT_WRONG, (text_view){0}, 0, message, error);
}

/* ---- Namespaces ---------------------------------------------------------------------------- */

static ss_status check_namespace(void *context, text_view name, const namespace_record *record,
                                 bool *stop, ss_error *error) {
  verification *self = context;
  self->namespace_name = name;
  self->record = *record;
  GUARD(check_chain(self, error));
  GUARD(verification_compare_heads(self, error));
  GUARD(check_rows(self, error));
  self->report->namespaces_checked++;
  *stop = self->stopped;
  return SS_OK;
}

static ss_status count_secrets(void *context, int64_t key_version, int64_t secret_count,
                               ss_error *error) {
  verification *self = context;
  (void)key_version, (void)error;
  self->secrets_expected += secret_count;
  return SS_OK;
}

static ss_status verify_snapshot(verification *self, ss_error *error) {
  ss_store *store = self->store;
  /* Another process may have begun an epoch since this one last looked. */
  GUARD(audit_epochs_load(&store->epochs, self->session, self->scratch->envelope, &store->keyring,
                          store->store_id, error));
  if (self->request->progress != NULL) {
    GUARD(storage_count_secrets_by_key(self->session, count_secrets, self, error));
  }
  GUARD(verification_load_heads(self, error));
  GUARD(walk_namespaces(self->session, self->report->memory, check_namespace, self, error));
  return self->stopped ? SS_OK : verification_end_heads(self, error);
}

static ss_status prepare_report(ss_verify_report *report, ss_error *error) {
  report->memory = arena_new();
  if (report->memory == NULL) return error_out_of_memory(error);
  report->faults = arena_allocate(report->memory, SS_MAX_FAULTS * sizeof *report->faults);
  report->is_intact = true;
  return report->faults == NULL ? error_out_of_memory(error) : SS_OK;
}

static ss_status verify_in(store_call *call, const ss_verify_request *request,
                           ss_verify_report *report) {
  storage_session *snapshot ON_SCOPE_EXIT(storage_end) = NULL;
  verification self = {.store = call->store, .request = request, .report = report};
  GUARD(request_check(request, sizeof *request, call->error));
  GUARD(store_call_scratch(call, &self.scratch));
  GUARD(prepare_report(report, call->error));
  GUARD(storage_begin_snapshot(call->store->storage, &snapshot, call->error));
  self.session = snapshot;
  return verify_snapshot(&self, call->error);
}

ss_status ss_verify(ss_store *store, const ss_verify_request *request, ss_verify_report *report,
                    ss_error *error) {
  ss_verify_request defaults;
  ss_verify_request_init(&defaults);
  if (report == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "report: expected a place for it, got none");
  }
  *report = (ss_verify_report){0};
  if (request == NULL) request = &defaults;
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_VERIFY, &call, error));
  const ss_status status = verify_in(&call, request, report);
  if (status != SS_OK) ss_verify_report_clear(report);
  return store_leave(&call, status);
}

void ss_verify_report_clear(ss_verify_report *report) {
  if (report == NULL) return;
  arena_free(report->memory);
  *report = (ss_verify_report){0};
}
