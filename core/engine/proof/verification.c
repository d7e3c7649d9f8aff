/* The faults of a verification: their names, and the list that the report has of them. */
#include "engine/proof/verification.h"

#include "base/status.h"

static const char *const fault_kind_names[] = {
    [SS_FAULT_EVENT_MISSING] = "event_missing",
    [SS_FAULT_EVENT_CHANGED] = "event_changed",
    [SS_FAULT_EVENT_UNLINKED] = "event_unlinked",
    [SS_FAULT_HEAD_WRONG] = "head_wrong",
    [SS_FAULT_HEAD_NOT_AUTHENTIC] = "head_not_authentic",
    [SS_FAULT_ROW_NOT_AUTHENTIC] = "row_not_authentic",
    [SS_FAULT_ROW_OUTDATED] = "row_outdated",
    [SS_FAULT_ROW_WITHOUT_EVENT] = "row_without_event",
    [SS_FAULT_SECRET_MISSING] = "secret_missing",
    [SS_FAULT_STATE_WRONG] = "state_wrong",
    [SS_FAULT_BEHIND_STORE_HEAD] = "behind_store_head",
    [SS_FAULT_STORE_CHANGED] = "store_changed",
    [SS_FAULT_FILE_DAMAGED] = "file_damaged",
};

const char *ss_fault_kind_name(ss_fault_kind kind) {
  const size_t count = sizeof fault_kind_names / sizeof fault_kind_names[0];
  const size_t index = (size_t)kind;
  return index > 0 && index < count ? fault_kind_names[index] : "unknown";
}

const char *ss_verdict_name(ss_verdict verdict) {
  switch (verdict) {
    case SS_VERDICT_INTACT: return "intact";
    case SS_VERDICT_UNPROVABLE: return "unprovable";
    case SS_VERDICT_TAMPERED: return "tampered";
  }
  return "unknown";
}

ss_status verification_add_fault(verification *self, ss_fault_kind kind, text_view name,
                                 int64_t sequence, const char *message, ss_error *error) {
  ss_verify_report *report = self->report;
  report->fault_count++;
  if (report->faults_described == SS_MAX_FAULTS) return SS_OK;
  const char *kept_message = arena_copy_text(report->memory, text_view_of(message));
  const char *kept_name = name.data == NULL ? NULL : arena_copy_text(report->memory, name);
  if (kept_message == NULL || (name.data != NULL && kept_name == NULL)) {
    return error_out_of_memory(error);
  }
  report->faults[report->faults_described++] = (ss_fault){
      .kind = kind,
      .namespace_name = self->namespace_name.data,
      .name = kept_name,
      .sequence = sequence,
      .message = kept_message,
  };
  return SS_OK;
}
