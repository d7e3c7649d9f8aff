/* backup: a consistent copy of the whole store, of a state that was verified, while others write. */
#include "base/status.h"
#include "engine/operations/arguments.h"
#include "engine/proof/verification.h"
#include "engine/store/host.h"

/* What the back end tells of its progress goes to the host, and is where a close stops it. */
typedef struct copying {
  ss_store *store;
  const ss_backup_request *request;
  ss_status stopped_by; /* the store's cancellation; SS_OK: it went on, or the host stopped it */
  ss_error *error;
} copying;

static bool hear_progress(void *context, int64_t done, int64_t total) {
  copying *self = context;
  const ss_backup_request *request = self->request;
  const bool go_on =
      host_hears_progress(self->store, request->progress, request->progress_context, done, total);
  self->stopped_by = cancellation_check(&self->store->cancellation, self->error);
  return go_on && self->stopped_by == SS_OK;
}

static ss_status check_request(const ss_backup_request *request, ss_error *error) {
  GUARD(request_check(request, sizeof *request, error));
  if (request->path == NULL || request->path[0] == '\0') {
    return error_set(error, SS_INVALID_ARGUMENT, "path: expected a file name, got none");
  }
  return SS_OK;
}

/* ---- What is copied ------------------------------------------------------------------------ */

static ss_status is_not_intact(const ss_verify_report *report, ss_error *error) {
  if (report->verdict == SS_VERDICT_UNPROVABLE) {
    return error_set(error, SS_KEY_VERSION_UNAVAILABLE,
                     "backup: expected a store that is proved intact, and it is not: %s; an "
                     "unverified backup can be asked for",
                     report->unprovable_reason);
  }
  const bool is_damaged = report->faults[0].kind == SS_FAULT_FILE_DAMAGED;
  return error_set(
      error, is_damaged ? SS_STORAGE_CORRUPT : SS_INTEGRITY_VIOLATION,
      "backup: the store is %s: %s; run verify (an unverified backup, as evidence, can "
      "be asked for)",
      is_damaged ? "damaged" : "not as it was left", report->faults[0].message);
}

static ss_status verify_first(store_call *call, reading *snapshot) {
  ss_verify_report report ON_SCOPE_EXIT(ss_verify_report_clear) = {0};
  ss_verify_request request;
  ss_verify_request_init(&request);
  GUARD(verification_run(call, &request, snapshot, &report));
  return report.is_intact ? SS_OK : is_not_intact(&report, call->error);
}

static ss_status begin(store_call *call, const ss_backup_request *request, reading *snapshot) {
  if (!request->unverified) return verify_first(call, snapshot);
  return storage_begin_snapshot(call->store->storage, &snapshot->session, call->error);
}

/* ---- The call ------------------------------------------------------------------------------ */

static ss_status backup_in(store_call *call, const ss_backup_request *request, bool *stopped) {
  reading snapshot ON_SCOPE_EXIT(reading_end) = {0};
  GUARD(check_request(request, call->error));
  copying self = {.store = call->store, .request = request, .error = call->error};
  const storage_copy copy = {
      .path = request->path,
      .overwrite = request->overwrite,
      .progress = hear_progress,
      .progress_context = &self,
  };
  GUARD(begin(call, request, &snapshot));
  const ss_status status = storage_backup(snapshot.session, &copy, stopped, call->error);
  if (status != SS_OK || self.stopped_by == SS_OK) return status;
  *stopped = false;
  return self.stopped_by;
}

ss_status ss_backup(ss_store *store, const ss_backup_request *request, bool *stopped,
                    ss_error *error) {
  bool was_stopped = false;
  if (stopped != NULL) *stopped = false;
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_BACKUP, &call, error));
  const ss_status status = backup_in(&call, request, &was_stopped);
  if (stopped != NULL) *stopped = was_stopped;
  return store_leave(&call, status);
}
