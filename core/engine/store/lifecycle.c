/* Entering and leaving the store, closing it, and noticing a fork.
 *
 * Who is in the store stands in one word, presence: how many calls run, how many of them are inside
 * a callback of the host, whether the background thread lives, whether the store closes. A call
 * that finds the store closing is not counted in; and once it closes, nobody is counted out but
 * under close_lock. So whoever leaves last knows it, and releases what the store holds: files,
 * keys, and, if it was freed meanwhile, the handle.
 *
 * A close waits for those who work in the library, which end soon since they ask whether to go on
 * (base/cancellation.h). It does not wait for those who are inside a callback, for that may be
 * waiting for the closing thread; nor for anyone, if it is itself called from inside of one.
 *
 * After a fork, the child's first call finds the fork guard tripped. Calls of the parent's other
 * threads that ran as it forked are counted in too, and will never leave: what they held (locks,
 * half-written memory) cannot be repaired, so the store is given up in that child. They are told
 * from calls of the child's own threads by counting those in fork_waiters. */
#include <sched.h>

#include "base/memory.h"
#include "base/status.h"
#include "engine/store/store.h"

/* How often to yield for a call of this process that has counted itself in one counter and not
 * yet in the other. */
enum { FORK_PATIENCE = 1000 };

/* ---- Presence ------------------------------------------------------------------------------ */

#define ONE_RUNNING UINT64_C(1)
#define ONE_VISITING (UINT64_C(1) << 31) /* of the running ones */
#define BACKGROUND (UINT64_C(1) << 62)   /* its thread lives; it may be among the visiting */
#define CLOSING (UINT64_C(1) << 63)
#define COUNT_MASK (ONE_VISITING - 1)

static uint64_t running_in(uint64_t presence) { return presence & COUNT_MASK; }

static uint64_t visiting_in(uint64_t presence) { return presence / ONE_VISITING & COUNT_MASK; }

static uint64_t present_in(uint64_t presence) {
  return running_in(presence) + ((presence & BACKGROUND) != 0);
}

static bool somebody_is_here(const ss_store *store) {
  return present_in(atomic_load(&store->presence)) > 0;
}

static bool somebody_works(const ss_store *store) {
  const uint64_t presence = atomic_load(&store->presence);
  return present_in(presence) > visiting_in(presence);
}

bool store_is_closing(const ss_store *store) {
  return (atomic_load_explicit(&store->presence, memory_order_relaxed) & CLOSING) != 0;
}

static bool count_in(ss_store *store) {
  uint64_t seen = atomic_load(&store->presence);
  do {
    if ((seen & CLOSING) != 0) return false;
  } while (!atomic_compare_exchange_weak(&store->presence, &seen, seen + ONE_RUNNING));
  return true;
}

/* False if the store closes: then it is not done. */
static bool count_out(ss_store *store) {
  uint64_t seen = atomic_load(&store->presence);
  do {
    if ((seen & CLOSING) != 0) return false;
  } while (!atomic_compare_exchange_weak(&store->presence, &seen, seen - ONE_RUNNING));
  return true;
}

/* ---- Forks --------------------------------------------------------------------------------- */

static void init_close_signals(ss_store *store) {
  (void)pthread_mutex_init(&store->close_lock, NULL);
  (void)pthread_cond_init(&store->call_ended, NULL);
  store->closers = 0;
}

static bool only_waiters_are_running(ss_store *store) {
  for (int i = 0; i < FORK_PATIENCE; i++) {
    const uint64_t running = running_in(atomic_load(&store->presence));
    if (running == atomic_load(&store->fork_waiters)) return true;
    (void)sched_yield();
  }
  return false;
}

/* The parent's background thread is not here; unless it is the one that forked. */
static void forget_parents_background(ss_store *store) {
  background_forget_thread(&store->background);
  if (calls_include(store)) return;
  (void)atomic_fetch_and(&store->presence, ~(BACKGROUND | COUNT_MASK * ONE_VISITING));
}

/* A thread of the parent's may have been closing. */
static void recover_from_fork(ss_store *store) {
  init_close_signals(store);
  if (store->stage != STORE_RELEASING && only_waiters_are_running(store)) {
    if (store->stage == STORE_OPEN) {
      storage_after_fork(store->storage);
      wrap_budget_forget(&store->budget);
    }
    forget_parents_background(store);
  } else {
    atomic_store(&store->unusable_after_fork, true);
    background_forget_thread(&store->background);
  }
  fork_guard_acknowledge(&store->fork);
}

/* The thread is counted in, once. */
static void handle_fork(ss_store *store) {
  atomic_fetch_add(&store->fork_waiters, 1);
  while (atomic_flag_test_and_set(&store->fork_lock)) (void)sched_yield();
  if (fork_guard_has_forked(&store->fork)) recover_from_fork(store);
  atomic_flag_clear(&store->fork_lock);
  atomic_fetch_sub(&store->fork_waiters, 1);
}

static void notice_fork(ss_store *store) {
  if (!fork_guard_has_forked(&store->fork)) return;
  (void)atomic_fetch_add(&store->presence, ONE_RUNNING);
  handle_fork(store);
  (void)atomic_fetch_sub(&store->presence, ONE_RUNNING);
}

/* ---- The end ------------------------------------------------------------------------------- */

void lifecycle_init(ss_store *store) {
  atomic_flag_clear(&store->fork_lock);
  fork_guard_init(&store->fork);
  init_close_signals(store);
}

/* Under close_lock, which is given up meanwhile. No callback runs in here. */
static void release(ss_store *store) {
  store->stage = STORE_RELEASING;
  (void)pthread_mutex_unlock(&store->close_lock);
  background_await_end(&store->background);
  store->release(store);
  (void)pthread_mutex_lock(&store->close_lock);
  store->stage = STORE_RELEASED;
}

/* Whether nobody will look at the store again, and its handle was freed. In the child of an unlucky
 * fork the parent's calls never end: what the store holds stays, and only the handle goes. */
static bool handle_is_done(const ss_store *store) {
  if (!store->is_freed || store->closers > 0) return false;
  if (atomic_load(&store->unusable_after_fork)) return !calls_include(store);
  return store->stage == STORE_RELEASED;
}

static void free_handle(ss_store *store) {
  fork_guard_clear(&store->fork);
  (void)pthread_mutex_destroy(&store->scratch_lock);
  (void)pthread_mutex_destroy(&store->close_lock);
  (void)pthread_cond_destroy(&store->call_ended);
  memory_free(store);
}

/* What whoever leaves a closing store, or closes it, does at last. Under close_lock, which is given
 * back: the store may be gone then. */
static void settle(ss_store *store) {
  const bool usable = !atomic_load(&store->unusable_after_fork);
  const bool is_last = usable && store->stage == STORE_OPEN && !somebody_is_here(store);
  const ss_closed_callback tell_closed = is_last ? store->tell_closed : NULL;
  void *context = store->tell_closed_context;
  if (is_last) release(store);
  store->closers--;
  const bool is_done = handle_is_done(store);
  (void)pthread_cond_broadcast(&store->call_ended);
  (void)pthread_mutex_unlock(&store->close_lock);
  if (is_done) free_handle(store);
  if (tell_closed != NULL) tell_closed(context);
}

static void leave_closing(ss_store *store, uint64_t one) {
  notice_fork(store);
  (void)pthread_mutex_lock(&store->close_lock);
  store->closers++;
  (void)atomic_fetch_sub(&store->presence, one);
  settle(store);
}

static void close_store(ss_store *store, bool frees) {
  if (store == NULL) return;
  notice_fork(store);
  (void)pthread_mutex_lock(&store->close_lock);
  store->closers++;
  store->is_freed = store->is_freed || frees;
  const bool is_first = (atomic_fetch_or(&store->presence, CLOSING) & CLOSING) == 0;
  if (is_first) background_end(&store->background);
  const bool waits = !atomic_load(&store->unusable_after_fork) && !calls_include(store);
  while (waits && (somebody_works(store) || store->stage == STORE_RELEASING)) {
    (void)pthread_cond_wait(&store->call_ended, &store->close_lock);
  }
  settle(store);
}

void ss_store_close(ss_store *store) { close_store(store, false); }

void ss_store_free(ss_store *store) { close_store(store, true); }

/* ---- Calls --------------------------------------------------------------------------------- */

static void leave(store_call *call) {
  ss_store *store = call->store;
  if (call->scratch != NULL) scratch_return(store, call->scratch);
  calls_remove(call);
  if (!count_out(store)) leave_closing(store, ONE_RUNNING);
}

ss_status store_enter(ss_store *store, ss_operation operation, store_call *call, ss_error *error) {
  error_clear(error);
  if (store == NULL)
    return error_set(error, SS_INVALID_ARGUMENT, "store: expected a store, got none");
  if (!count_in(store)) return error_set(error, SS_CLOSED, "the store is closed");
  if (fork_guard_has_forked(&store->fork)) handle_fork(store);
  const int64_t now = clock_monotonic_ns();
  *call =
      (store_call){.store = store, .operation = operation, .started_ns = now, .asked_at_ns = now};
  call->error = error != NULL ? error : &call->own_error;
  calls_add(call);
  if (!atomic_load(&store->unusable_after_fork)) return SS_OK;
  leave(call);
  return error_set(error, SS_UNSUPPORTED,
                   "the process forked while another thread was using this store, which this child "
                   "therefore cannot use: fork while no thread does, or before opening it");
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

ss_status store_call_scratch(store_call *call, scratch **taken) {
  if (call->scratch == NULL) GUARD(scratch_take(call->store, &call->scratch, call->error));
  *taken = call->scratch;
  return SS_OK;
}

ss_status store_leave(store_call *call, ss_status status) {
  ss_store *store = call->store;
  if (call->operation != OPERATION_UNCOUNTED) {
    const int64_t elapsed_ns = clock_monotonic_ns() - call->started_ns;
    counter_add(&store->counters[call->operation], status, elapsed_ns);
  }
  const char *message = status == SS_OK ? "" : call->error->message;
  log_write(&store->log, level_of(status), "%s: %s%s%s", ss_operation_name(call->operation),
            ss_status_name(status), message[0] == '\0' ? "" : ": ", message);
  leave(call);
  return status;
}

void store_quit(store_call *call) { leave(call); }

/* ---- The background thread ----------------------------------------------------------------- */

/* It ends only when the store closes. */
static void live_in_background(void *context) {
  ss_store *store = context;
  store_call life = {.store = store, .is_background = true};
  calls_add(&life);
  store->background_work(store);
  calls_remove(&life);
  leave_closing(store, BACKGROUND);
}

/* Its beginning is said before it begins, and taken back if it does not. */
ss_status store_start_background(ss_store *store, void (*work)(ss_store *store), ss_error *error) {
  store->background_work = work;
  (void)atomic_fetch_or(&store->presence, BACKGROUND);
  if (background_start(&store->background, live_in_background, store)) return SS_OK;
  (void)atomic_fetch_and(&store->presence, ~BACKGROUND);
  return error_set(error, SS_OUT_OF_MEMORY, "the system refused a thread for maintenance");
}

/* ---- Visits to the host -------------------------------------------------------------------- */

void host_enter(ss_store *store, host_visit *visit) {
  visit->store = store;
  calls_begin_visit(visit);
  const uint64_t visiting = visit->calls * ONE_VISITING;
  if ((atomic_fetch_add(&store->presence, visiting) & CLOSING) == 0) return;
  /* Whoever closes may be waiting for just these calls. */
  notice_fork(store);
  (void)pthread_mutex_lock(&store->close_lock);
  (void)pthread_cond_broadcast(&store->call_ended);
  (void)pthread_mutex_unlock(&store->close_lock);
}

void host_return(const host_visit *visit) {
  calls_end_visit(visit);
  (void)atomic_fetch_sub(&visit->store->presence, visit->calls * ONE_VISITING);
}
