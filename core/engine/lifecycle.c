/* Entering and leaving the store: closing waits for running calls, and a fork is noticed.
 *
 * Every call counts itself in calls_running before it looks at closing, and ss_store_close sets
 * closing before it looks at calls_running: with sequentially consistent atomics, either the call
 * sees that the store closes, or the close sees the call.
 *
 * After a fork, the child's first call finds the fork guard tripped. Calls of the parent's other
 * threads that ran as it forked are in calls_running too, and will never leave: what they held
 * (locks, half-written memory) cannot be repaired, so the store is given up in that child. They
 * are told from calls of the child's own threads by counting those in fork_waiters. */
#include <sched.h>
#include <time.h>

#include "base/status.h"
#include "engine/store.h"

/* How often to yield for a call of this process that has counted itself in one counter and not
 * yet in the other. */
enum { FORK_PATIENCE = 1000 };

enum { CLOSE_POLL_NS = 5000000, NS_PER_SECOND = 1000000000 };

static bool only_waiters_are_running(ss_store *store) {
  for (int i = 0; i < FORK_PATIENCE; i++) {
    if (atomic_load(&store->calls_running) == atomic_load(&store->fork_waiters)) return true;
    (void)sched_yield();
  }
  return false;
}

static void recover_from_fork(ss_store *store) {
  if (only_waiters_are_running(store)) {
    store->storage->operations->after_fork(store->storage);
    wrap_budget_forget(&store->budget);
  } else {
    atomic_store(&store->unusable_after_fork, true);
  }
  maintenance_forget_thread(&store->maintenance);
  fork_guard_acknowledge(&store->fork);
}

static void handle_fork(ss_store *store) {
  atomic_fetch_add(&store->fork_waiters, 1);
  while (atomic_flag_test_and_set(&store->fork_lock)) (void)sched_yield();
  if (fork_guard_has_forked(&store->fork)) recover_from_fork(store);
  atomic_flag_clear(&store->fork_lock);
  atomic_fetch_sub(&store->fork_waiters, 1);
}

static void leave(ss_store *store) {
  if (!atomic_load(&store->closing)) {
    atomic_fetch_sub(&store->calls_running, 1);
    return;
  }
  /* Under the lock, so that the closing thread cannot free the store before this is done with it.
   */
  (void)pthread_mutex_lock(&store->close_lock);
  atomic_fetch_sub(&store->calls_running, 1);
  (void)pthread_cond_broadcast(&store->call_ended);
  (void)pthread_mutex_unlock(&store->close_lock);
}

ss_status store_enter(ss_store *store, ss_operation operation, store_call *call, ss_error *error) {
  error_clear(error);
  if (store == NULL)
    return error_set(error, SS_INVALID_ARGUMENT, "store: expected a store, got none");
  atomic_fetch_add(&store->calls_running, 1);
  if (atomic_load(&store->closing)) {
    leave(store);
    return error_set(error, SS_CLOSED, "the store is closed");
  }
  if (fork_guard_has_forked(&store->fork)) handle_fork(store);
  if (atomic_load(&store->unusable_after_fork)) {
    leave(store);
    return error_set(
        error, SS_UNSUPPORTED,
        "the process forked while another thread was using this store, which this child "
        "therefore cannot use: fork while no thread does, or before opening it");
  }
  *call = (store_call){store, operation, counters_now_ns()};
  return SS_OK;
}

/* Tampering is for the error log, whatever the caller makes of it. Any other failure is the
 * caller's to report. */
static ss_log_level level_of(ss_status status) {
  switch (status) {
    case SS_DECRYPTION_FAILED:
    case SS_INTEGRITY_VIOLATION:
    case SS_STORAGE_CORRUPT:
    case SS_INTERNAL: return SS_LOG_ERROR;
    default: return SS_LOG_DEBUG;
  }
}

ss_status store_leave(const store_call *call, ss_status status, const ss_error *error) {
  ss_store *store = call->store;
  if (call->operation != OPERATION_UNCOUNTED) {
    const int64_t elapsed_ns = counters_now_ns() - call->started_ns;
    counter_add(&store->counters[call->operation], status, elapsed_ns);
  }
  const char *message = status == SS_OK || error == NULL ? "" : error->message;
  log_write(&store->log, level_of(status), "%s: %s%s%s", ss_operation_name(call->operation),
            ss_status_name(status), message[0] == '\0' ? "" : ": ", message);
  leave(store);
  return status;
}

void store_notice_fork(ss_store *store) {
  atomic_fetch_add(&store->calls_running, 1);
  if (fork_guard_has_forked(&store->fork)) handle_fork(store);
  atomic_fetch_sub(&store->calls_running, 1);
}

/* A call may have looked at closing just before it was set, and leave without a signal: hence the
 * bounded waits. */
void store_await_calls(ss_store *store) {
  while (atomic_load(&store->calls_running) > 0) {
    struct timespec deadline = {0};
    (void)clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_nsec += CLOSE_POLL_NS;
    if (deadline.tv_nsec >= NS_PER_SECOND) {
      deadline.tv_sec++;
      deadline.tv_nsec -= NS_PER_SECOND;
    }
    (void)pthread_cond_timedwait(&store->call_ended, &store->close_lock, &deadline);
  }
}
