/* Counting calls, and the names of operations. */
#include "engine/store/counters.h"

static const char *const operation_names[SS_OPERATION_COUNT] = {
    [SS_OPERATION_PUT] = "put",
    [SS_OPERATION_PUT_BATCH] = "put_batch",
    [SS_OPERATION_GET] = "get",
    [SS_OPERATION_HAS] = "has",
    [SS_OPERATION_UPDATE] = "update",
    [SS_OPERATION_REMOVE] = "remove",
    [SS_OPERATION_LIST] = "list",
    [SS_OPERATION_LIST_NAMESPACES] = "list_namespaces",
    [SS_OPERATION_LIST_EVENTS] = "list_events",
    [SS_OPERATION_ROTATE_KEYS] = "rotate_keys",
    [SS_OPERATION_ROTATION_STATUS] = "rotation_status",
    [SS_OPERATION_CLEANUP_SECRETS] = "cleanup_secrets",
    [SS_OPERATION_CLEANUP_EVENTS] = "cleanup_events",
    [SS_OPERATION_MAINTENANCE_STEP] = "maintenance_step",
    [SS_OPERATION_VERIFY] = "verify",
    [SS_OPERATION_AUDIT_HEAD] = "audit_head",
    [SS_OPERATION_BACKUP] = "backup",
    [SS_OPERATION_IMPORT] = "import",
    [SS_OPERATION_EXPORT] = "export",
    [SS_OPERATION_STATS] = "stats",
    [SS_OPERATION_RETIRE_KEY] = "retire_key",
    [SS_OPERATION_ADMIT_KEYS] = "admit_keys",
    [SS_OPERATION_RELOAD_KEYS] = "reload_keys",
    [SS_OPERATION_SETTINGS] = "settings",
    [SS_OPERATION_ACCEPT] = "accept",
    [SS_OPERATION_ANCHOR] = "anchor",
};

const char *ss_operation_name(ss_operation operation) {
  const size_t index = (size_t)operation;
  return index < SS_OPERATION_COUNT ? operation_names[index] : "unknown";
}

/* No order between the four is promised: a reader may see a call in one and not yet in another. */
void counter_add(call_counter *counter, ss_status status, int64_t elapsed_ns) {
  (void)atomic_fetch_add_explicit(&counter->calls, 1, memory_order_relaxed);
  (void)atomic_fetch_add_explicit(&counter->total_ns, elapsed_ns, memory_order_relaxed);
  if (status != SS_OK) {
    (void)atomic_fetch_add_explicit(&counter->failures, 1, memory_order_relaxed);
  }
  int64_t longest = atomic_load_explicit(&counter->longest_ns, memory_order_relaxed);
  while (elapsed_ns > longest &&
         !atomic_compare_exchange_weak_explicit(&counter->longest_ns, &longest, elapsed_ns,
                                                memory_order_relaxed, memory_order_relaxed)) {
  }
}

void counter_read(call_counter *counter, ss_operation_stats *stats) {
  *stats = (ss_operation_stats){
      .calls = atomic_load_explicit(&counter->calls, memory_order_relaxed),
      .failures = atomic_load_explicit(&counter->failures, memory_order_relaxed),
      .total_ns = atomic_load_explicit(&counter->total_ns, memory_order_relaxed),
      .longest_ns = atomic_load_explicit(&counter->longest_ns, memory_order_relaxed),
  };
}
