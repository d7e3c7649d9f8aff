/* stats: what the store holds, and what this handle's calls took. */
#include "base/status.h"
#include "engine/store/store.h"

static ss_status measure(ss_store *store, ss_stats *stats, ss_error *error) {
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  storage_totals totals = {0};
  storage_bytes bytes = {0};
  GUARD(storage_begin_read(store->storage, &session, error));
  GUARD(storage_measure(session, &totals, error));
  /* A database that others share has no bytes of this store's own to tell. */
  if (storage_can(store->storage, STORAGE_CAN_COUNT_BYTES)) {
    GUARD(storage_count_bytes(session, &bytes, error));
  }
  *stats = (ss_stats){
      .namespace_count = totals.namespace_count,
      .secret_count = totals.secret_count,
      .event_count = totals.event_count,
      .file_bytes = bytes.file,
      .free_bytes = bytes.free,
      .log_bytes = bytes.log,
  };
  return SS_OK;
}

ss_status ss_get_stats(ss_store *store, ss_stats *stats, ss_error *error) {
  if (stats == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "stats: expected a place for them, got none");
  }
  *stats = (ss_stats){0};
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_STATS, &call, error));
  const ss_status status = measure(store, stats, error);
  if (status == SS_OK) {
    for (int i = 0; i < SS_OPERATION_COUNT; i++) {
      counter_read(&store->counters[i], &stats->operations[i]);
    }
  }
  return store_leave(&call, status);
}
