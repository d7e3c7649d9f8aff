/* The store behind the public handle, and what its operations share: a pool of workers (cipher and
 * MAC contexts, scratch memory), the wrap budget, the life cycle. */
#ifndef ENGINE_STORE_H
#define ENGINE_STORE_H

#include <pthread.h>
#include <stdatomic.h>

#include "audit/chain.h"
#include "base/clock.h"
#include "base/fork_guard.h"
#include "base/log.h"
#include "crypto/envelope.h"
#include "engine/counters.h"
#include "engine/maintenance.h"
#include "engine/policies.h"
#include "engine/wrap_budget.h"
#include "storage/storage.h"

/* What one operation needs for itself. Taken from the pool for the length of a call. */
typedef struct worker {
  struct worker *next_idle;
  envelope *envelope;
  chain_signer signer;
  byte_buffer metadata; /* the JSON text that goes into the row */
  byte_buffer detail;   /* the JSON text that goes into the event */
  byte_buffer sealed;   /* a sealed value on its way to storage */
} worker;

struct ss_store {
  /* Fixed after open. */
  crypto_suite suite;
  keyring keyring;
  storage *storage;
  clock_source clock;
  log_sink log;
  size_t max_value_bytes;
  bool has_default_ttl;
  int64_t default_ttl_ms;
  policy_limits policy_limits;
  char store_id_text[STORE_ID_TEXT_CAPACITY];
  text_view store_id;

  /* Shared, each with its own lock. */
  audit_epochs epochs;
  wrap_budget budget;
  maintenance maintenance;
  policies policies;
  call_counter counters[SS_OPERATION_COUNT];
  pthread_mutex_t workers_lock;
  worker *idle_workers;

  /* A test's door into a rotation, between its scan and its transaction; NULL otherwise. */
  void (*after_rotation_scan)(void *context);
  void *after_rotation_scan_context;

  /* Life cycle: see lifecycle.c. */
  fork_guard fork;
  atomic_flag fork_lock;
  atomic_size_t fork_waiters;
  atomic_bool unusable_after_fork;
  atomic_size_t calls_running;
  atomic_bool closing;
  pthread_mutex_t close_lock;
  pthread_cond_t call_ended;
  bool closed; /* guarded by close_lock */
};

/* ---- lifecycle.c: every public operation runs between these -------------------------------- */

/* A call of a public operation while it runs. */
typedef struct store_call {
  ss_store *store;
  ss_operation operation;
  int64_t started_ns;
} store_call;

/* For calls that are no operation of the public API: they do not count in the statistics. */
#define OPERATION_UNCOUNTED SS_OPERATION_COUNT

/* SS_CLOSED after ss_store_close, SS_UNSUPPORTED in the child of an unlucky fork. */
ss_status store_enter(ss_store *store, ss_operation operation, store_call *call,
                      ss_error *error) MUST_CHECK;
/* Logs and counts what the operation came to, and leaves. Gives status back. */
ss_status store_leave(const store_call *call, ss_status status, const ss_error *error);

/* For ss_store_close: deals with a fork that no call has noticed yet; waits, under close_lock and
 * with closing set, until no call runs. */
void store_notice_fork(ss_store *store);
void store_await_calls(ss_store *store);

/* ---- workers.c ----------------------------------------------------------------------------- */

ss_status worker_take(ss_store *store, worker **taken, ss_error *error) MUST_CHECK;
void worker_return(ss_store *store, worker *returned);
void workers_free(ss_store *store);

#endif
