/* The store behind the public handle, and what its operations share: a pool of scratch (cipher and
 * MAC contexts, buffers), the wrap budget, the life cycle. */
#ifndef ENGINE_STORE_STORE_H
#define ENGINE_STORE_STORE_H

#include <pthread.h>
#include <stdatomic.h>

#include "audit/signer.h"
#include "base/cancellation.h"
#include "base/clock.h"
#include "base/fork_guard.h"
#include "base/log.h"
#include "crypto/envelope.h"
#include "engine/store/background.h"
#include "engine/store/calls.h"
#include "engine/store/counters.h"
#include "engine/store/memory_of_heads.h"
#include "engine/store/policies.h"
#include "engine/store/proved_names.h"
#include "engine/store/state_maps.h"
#include "engine/store/trusts.h"
#include "engine/store/wrap_budget.h"
#include "storage/storage.h"

typedef struct maintenance maintenance;

/* What one operation needs for itself. Taken from the pool for the length of a call. */
typedef struct scratch {
  struct scratch *next_idle;
  trust *trust;         /* held; NULL while the store is not opened */
  envelope *envelope;   /* with the trust's keyring */
  signer signer;        /* with the trust's epoch keys */
  byte_buffer current;  /* the bytes of the row that is there */
  byte_buffer metadata; /* the JSON text that goes into the row */
  byte_buffer detail;   /* the JSON text that goes into the event */
  byte_buffer sealed;   /* a sealed value on its way to storage */
} scratch;

/* How far the end of a store is. */
typedef enum store_stage { STORE_OPEN, STORE_RELEASING, STORE_RELEASED } store_stage;

struct ss_store {
  /* Fixed after open. */
  crypto_suite suite;
  storage *storage;
  clock_source clock; /* this and the next lead to the host's (host.c) */
  log_sink log;
  clock_source host_clock;
  log_sink host_log;
  ss_interrupt_callback interrupt; /* or NULL */
  void *interrupt_context;
  int64_t interrupt_interval_ns; /* tests shorten it */
  cancellation cancellation;     /* whether this thread's call is to go on */
  size_t max_value_bytes;
  bool has_default_ttl;
  int64_t default_ttl_ms;
  policy_limits policy_limits;
  int64_t least_epoch; /* of the root */
  bool verifies_reads;
  char store_id_text[STORE_ID_TEXT_CAPACITY];
  text_view store_id;

  /* Shared, each with its own lock. */
  trusts trusts;
  memory_of_heads memory;
  state_maps maps;       /* of namespaces whose state was proved */
  proved_shelves proved; /* of namespaces whose reads are proved */
  wrap_budget budget;
  background background;
  void (*background_work)(ss_store *store);
  maintenance *maintenance; /* upkeep's own */
  policies policies;
  call_counter counters[SS_OPERATION_COUNT];
  pthread_mutex_t scratch_lock;
  scratch *idle_scratch;

  /* A test's door into a rotation, between its scan and its transaction; NULL otherwise. */
  void (*after_rotation_scan)(void *context);
  void *after_rotation_scan_context;

  /* Life cycle: see lifecycle.c. */
  fork_guard fork;
  atomic_flag fork_lock;
  atomic_size_t fork_waiters;
  atomic_bool unusable_after_fork;
  atomic_uint_least64_t presence;
  pthread_mutex_t close_lock; /* guards what follows */
  pthread_cond_t call_ended;
  ss_closed_callback tell_closed; /* or NULL; set once the opening has succeeded */
  void *tell_closed_context;
  size_t closers; /* threads that will look at the store once more */
  store_stage stage;
  bool is_freed; /* the handle goes with whoever leaves last */
  /* Closes what the store holds, and wipes its keys; the handle stays. Of whoever opened it. */
  void (*release)(ss_store *store);
};

/* ---- lifecycle.c: every public operation runs between these --------------------------------
 *
 * ss_get enters, get_in(call, ...) does the work with call's store, error and scratch, and ss_get
 * leaves with what it came to. */

/* For calls that are no operation of the public API: they do not count in the statistics. */
#define OPERATION_UNCOUNTED SS_OPERATION_COUNT

/* SS_CLOSED after ss_store_close, SS_UNSUPPORTED in the child of an unlucky fork. The call stays
 * where it is until it is left; with that, the store may be gone. */
ss_status store_enter(ss_store *store, ss_operation operation, store_call *call,
                      ss_error *error) MUST_CHECK;
/* The call's scratch, which it gives back as it leaves. */
ss_status store_call_scratch(store_call *call, scratch **taken) MUST_CHECK;
/* Logs and counts what the operation came to, and leaves. Gives status back. */
ss_status store_leave(store_call *call, ss_status status);
/* Only leaves: for calls whose parts were logged and counted. */
void store_quit(store_call *call);

bool store_is_closing(const ss_store *store);

/* Has the background thread work until the store closes. It ends as a call does: the store may be
 * gone then. */
ss_status store_start_background(ss_store *store, void (*work)(ss_store *store),
                                 ss_error *error) MUST_CHECK;

/* Around the host's own code (host.h). */
void host_enter(ss_store *store, host_visit *visit);
void host_return(const host_visit *visit);

/* What the life cycle of a new store begins with. */
void lifecycle_init(ss_store *store);

/* ---- scratch.c ----------------------------------------------------------------------------- */

ss_status scratch_take(ss_store *store, scratch **taken, ss_error *error) MUST_CHECK;
/* Empties its buffers, for whoever changes several secrets; a scratch that was taken is empty. */
void scratch_reset(scratch *self);
void scratch_return(ss_store *store, scratch *returned);
void scratch_free_all(ss_store *store);

/* Works with that trust from now on, which it holds. */
ss_status scratch_bind(scratch *self, const crypto_suite *suite, trust *bound,
                       ss_error *error) MUST_CHECK;

/* The same for a trust that has the keyring of the one before. */
void scratch_bind_next(scratch *self, trust *bound);

/* The key that wraps. */
static inline const keyring_entry *scratch_active_key(const scratch *self) {
  return keyring_active(&self->trust->ring->keys);
}

#endif
