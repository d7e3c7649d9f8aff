/* backup: a consistent copy of the whole store, while others write. */
#include "base/status.h"
#include "engine/request.h"
#include "engine/store.h"

static ss_status check_request(const ss_backup_request *request, ss_error *error) {
  GUARD(request_check(request, sizeof *request, error));
  if (request->path == NULL || request->path[0] == '\0') {
    return error_set(error, SS_INVALID_ARGUMENT, "path: expected a file name, got none");
  }
  return SS_OK;
}

static ss_status backup_entered(ss_store *store, const ss_backup_request *request, bool *stopped,
                                ss_error *error) {
  storage_session *snapshot = NULL;
  GUARD(check_request(request, error));
  const storage_copy copy = {
      .path = request->path,
      .overwrite = request->overwrite,
      .progress = request->progress,
      .progress_context = request->progress_context,
  };
  GUARD(store->storage->operations->begin_snapshot(store->storage, &snapshot, error));
  const ss_status status = snapshot->operations->backup(snapshot, &copy, stopped, error);
  snapshot->operations->end_read(snapshot);
  return status;
}

ss_status ss_backup(ss_store *store, const ss_backup_request *request, bool *stopped,
                    ss_error *error) {
  bool was_stopped = false;
  if (stopped != NULL) *stopped = false;
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_BACKUP, &call, error));
  const ss_status status = backup_entered(store, request, &was_stopped, error);
  if (stopped != NULL) *stopped = was_stopped;
  return store_leave(&call, status, error);
}
