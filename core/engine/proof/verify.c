/* verify: the whole store, in one snapshot. What is checked, and in which order, is here; how, in
 * the files beside it. Faults are the report; an error is what keeps it from being made. */
#include <string.h>

#include "base/status.h"
#include "engine/operations/arguments.h"
#include "engine/operations/walk.h"
#include "engine/proof/verification.h"
#include "engine/store/beliefs.h"

/* ---- Namespaces ---------------------------------------------------------------------------- */

static ss_status check_namespace(void *context, text_view name, const namespace_record *record,
                                 bool *stop, ss_error *error) {
  verification *self = context;
  self->namespace_name = name;
  self->record = *record;
  self->sum_of_heads.namespaces++;
  GUARD(signer_change_seal(&self->scratch->signer, &self->sum_of_heads, SUM_GAINS, name, record,
                           error));
  GUARD(verification_check_chain(self, error));
  GUARD(verification_compare_head(self, error));
  GUARD(verification_check_rows(self, error));
  self->report->namespaces_checked++;
  *stop = self->stopped;
  return SS_OK;
}

static ss_status add_rows(void *context, text_view name, const namespace_record *record, bool *stop,
                          ss_error *error) {
  verification *self = context;
  (void)name, (void)error;
  *stop = false;
  self->rows_expected += record->secrets + record->versions + record->removed;
  return SS_OK;
}

static ss_status check_namespaces(verification *self, ss_error *error) {
  arena *memory = self->report->memory;
  if (self->request->progress != NULL) {
    GUARD(walk_namespaces(self->session, memory, add_rows, self, error));
  }
  GUARD(walk_namespaces(self->session, memory, check_namespace, self, error));
  if (self->stopped) return SS_OK;
  GUARD(verification_check_seal(self, error));
  return verification_end_head(self, error);
}

static ss_status check_all(verification *self, ss_error *error) {
  GUARD(verification_load_head(self, error));
  GUARD(verification_check_medium(self, error));
  GUARD(verification_check_store(self, error));
  return check_namespaces(self, error);
}

/* ---- The verdict ----------------------------------------------------------------------------- */

/* Something that the library did not write kept the walk from going on. */
static bool is_tampering(ss_status status) {
  return status == SS_INTEGRITY_VIOLATION || status == SS_STORAGE_CORRUPT ||
         status == SS_KEY_MISMATCH;
}

static ss_status report_end(verification *self, ss_status status, ss_error *error) {
  const ss_error why = *error;
  if (status == SS_KEY_VERSION_UNAVAILABLE) {
    self->report->unprovable_reason =
        arena_copy_text(self->report->memory, text_view_of(why.message));
    if (self->report->unprovable_reason == NULL) return error_out_of_memory(error);
  } else if (is_tampering(status)) {
    GUARD(verification_add_fault(
        self, status == SS_STORAGE_CORRUPT ? SS_FAULT_FILE_DAMAGED : SS_FAULT_STORE_CHANGED,
        (text_view){0}, 0, why.message, error));
  } else {
    return status;
  }
  error_clear(error);
  return SS_OK;
}

static void conclude(ss_verify_report *report) {
  report->verdict = report->fault_count > 0             ? SS_VERDICT_TAMPERED
                    : report->unprovable_reason != NULL ? SS_VERDICT_UNPROVABLE
                                                        : SS_VERDICT_INTACT;
  report->is_intact = report->verdict == SS_VERDICT_INTACT;
}

/* ---- The call ------------------------------------------------------------------------------ */

static ss_status prepare_report(ss_verify_report *report, ss_error *error) {
  report->memory = arena_new();
  if (report->memory == NULL) return error_out_of_memory(error);
  report->faults = arena_allocate(report->memory, SS_MAX_FAULTS * sizeof *report->faults);
  report->last_accepted_at = SS_NO_EXPIRY;
  return report->faults == NULL ? error_out_of_memory(error) : SS_OK;
}

static void verification_clear(verification *self) { links_clear(&self->links); }

static ss_status verify_snapshot(verification *self, store_call *call, reading *snapshot) {
  GUARD(reading_begin_snapshot(call, snapshot, &self->seal));
  self->session = snapshot->session;
  self->scratch = call->scratch;
  return check_all(self, call->error);
}

ss_status verification_run(store_call *call, const ss_verify_request *request, reading *snapshot,
                           ss_verify_report *report) {
  verification self ON_SCOPE_EXIT(verification_clear) = {
      .store = call->store, .request = request, .report = report};
  GUARD(prepare_report(report, call->error));
  const ss_status status = verify_snapshot(&self, call, snapshot);
  if (status != SS_OK) GUARD(report_end(&self, status, call->error));
  conclude(report);
  return SS_OK;
}

static ss_status verify_in(store_call *call, const ss_verify_request *request,
                           ss_verify_report *report) {
  reading snapshot ON_SCOPE_EXIT(reading_end) = {0};
  GUARD(request_check(request, sizeof *request, call->error));
  return verification_run(call, request, &snapshot, report);
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
