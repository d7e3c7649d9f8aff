/* stats: what the store holds, and what this handle's calls took. */
#include "base/status.h"
#include "engine/store/store.h"

static ss_status measure(ss_store *store, storage_totals *totals, ss_error *error) {
  storage_session *session = NULL;
  GUARD(storage_begin_read(store->storage, &session, error));
  const ss_status status = storage_measure(session, totals, error);
  storage_end_read(session);
  return status;
}

ss_status ss_get_stats(ss_store *store, ss_stats *stats, ss_error *error) {
  if (stats == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "stats: expected a place for them, got none");
  }
  *stats = (ss_stats){0};
  store_call call;
  storage_totals totals = {0};
  GUARD(store_enter(store, SS_OPERATION_STATS, &call, error));
  const ss_status status = measure(store, &totals, error);
  if (status == SS_OK) {
    *stats = (ss_stats){
        .namespace_count = totals.namespace_count,
        .secret_count = totals.secret_count,
        .event_count = totals.event_count,
        .file_bytes = totals.file_bytes,
        .free_bytes = totals.free_bytes,
        .log_bytes = totals.log_bytes,
    };
    for (int i = 0; i < SS_OPERATION_COUNT; i++) {
      counter_read(&store->counters[i], &stats->operations[i]);
    }
  }
  return store_leave(&call, status, error);
}
