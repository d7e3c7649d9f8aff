/* backup: a consistent copy of the whole store, while others write. */
#include "base/status.h"
#include "engine/store.h"

static ss_status backup_entered(ss_store *store, const char *path, ss_progress_callback progress,
                                void *context, bool *stopped, ss_error *error) {
  storage_session *snapshot = NULL;
  if (path == NULL || path[0] == '\0') {
    return error_set(error, SS_INVALID_ARGUMENT, "path: expected a file name, got none");
  }
  GUARD(store->storage->operations->begin_snapshot(store->storage, &snapshot, error));
  const ss_status status =
      snapshot->operations->backup(snapshot, path, progress, context, stopped, error);
  snapshot->operations->end_read(snapshot);
  return status;
}

ss_status ss_backup(ss_store *store, const char *path, ss_progress_callback progress, void *context,
                    bool *stopped, ss_error *error) {
  bool was_stopped = false;
  if (stopped != NULL) *stopped = false;
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_BACKUP, &call, error));
  const ss_status status = backup_entered(store, path, progress, context, &was_stopped, error);
  if (stopped != NULL) *stopped = was_stopped;
  return store_leave(&call, status, error);
}
