/* Maintenance: cleanup, and the drain of older keys, a batch at a time.
 *
 * A step does one batch of the first chore that has work. A pass is steps until none has. The
 * background thread runs a pass at every interval, under a lease in the store, so that of several
 * processes one works; it renews the lease with each step, and whoever finds it run out takes over.
 *
 * Looking for secrets under an older key reads the whole table when there is none (no index is
 * worth its cost on every put), so once a round over all older keys has ended, the next begins an
 * hour later. Another process that still writes under an older key is rare, and found then. */
#include "engine/upkeep/maintenance.h"

#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "engine/store/store.h"

enum {
  HOUR_MS = 3600000,
  DRAIN_ROUND_EVERY_MS = HOUR_MS,
  LEASE_INTERVALS = 2, /* how many intervals a lease lasts beyond its last renewal */
  LONGEST_BACK_OFF_MS = 600000,
  PAUSE_BETWEEN_STEPS_MS = 1, /* lets writers of this process through */
};

static const char lease_name[] = "maintenance";

struct maintenance {
  /* Fixed after open. */
  maintenance_plan plan;
  unsigned char holder[STORAGE_LEASE_HOLDER_BYTES]; /* of this handle's lease */

  /* How far the drain of older keys is; guarded by drain_lock, which is held during a step. */
  pthread_mutex_t drain_lock;
  int64_t drain_active;    /* the active version of the keyring of which that is said */
  int64_t drain_active_at; /* since when it is, here */
  size_t drain_key;        /* index in it of the version being drained */
  int64_t drain_version;
  char drain_cursor[SS_CURSOR_CAPACITY]; /* of that version */
  int64_t drained_at;                    /* when the last round over all keys ended; 0: none did */
};

maintenance *maintenance_new(const maintenance_plan *plan) {
  maintenance *self = memory_new(sizeof *self);
  if (self == NULL) return NULL;
  self->plan = *plan;
  self->drain_active = -1;
  (void)pthread_mutex_init(&self->drain_lock, NULL);
  return self;
}

void maintenance_free(maintenance *self) {
  if (self == NULL) return;
  (void)pthread_mutex_destroy(&self->drain_lock);
  memory_free(self);
}

/* ---- A step -------------------------------------------------------------------------------- */

static size_t count_keys(ss_store *store) {
  shared_keyring *ring = trusts_take_ring(&store->trusts);
  const size_t count = ring->keys.count;
  shared_keyring_release(ring);
  return count;
}

/* The version at a place in the keyring, which may be another one by now; -1 if there is none. */
static int64_t key_at(ss_store *store, size_t index) {
  shared_keyring *ring = trusts_take_ring(&store->trusts);
  const int64_t version = index < ring->keys.count ? ring->keys.entries[index].version : -1;
  shared_keyring_release(ring);
  return version;
}

/* Other keys were given to the store: what was done is of a keyring that is gone. */
static void drain_anew(ss_store *store) {
  maintenance *self = store->maintenance;
  const int64_t active = key_at(store, 0);
  const bool is_other_key =
      self->drain_key > 0 && key_at(store, self->drain_key) != self->drain_version;
  if (active == self->drain_active && !is_other_key) return;
  if (active != self->drain_active) self->drain_active_at = clock_now_ms(&store->clock);
  self->drain_active = active;
  self->drain_key = 0;
  self->drain_cursor[0] = '\0';
  self->drained_at = 0;
}

/* The next older key, or the end of the round. */
static void drain_next_key(ss_store *store) {
  maintenance *self = store->maintenance;
  self->drain_cursor[0] = '\0';
  self->drain_key++;
  self->drain_version = key_at(store, self->drain_key);
  if (self->drain_key < count_keys(store)) return;
  self->drain_key = 0;
  self->drained_at = clock_now_ms(&store->clock);
}

/* A fleet that is being moved to a new key is not outrun: its other processes may still lack it. */
static bool active_key_is_settled(ss_store *store) {
  trust *believed = trusts_take(&store->trusts);
  if (believed == NULL) return false;
  const root_kek *kek = root_find_kek(&believed->root, key_at(store, 0));
  const bool was_written_with = kek != NULL && kek->active_since != SS_NO_EXPIRY;
  const int64_t since = was_written_with ? kek->active_since : store->maintenance->drain_active_at;
  trust_release(believed);
  return clock_now_ms(&store->clock) - since >= store->maintenance->plan.drain_after_ms;
}

static bool drain_is_due(ss_store *store) {
  const maintenance *self = store->maintenance;
  if (count_keys(store) < 2 || !active_key_is_settled(store)) return false;
  const int64_t now = clock_now_ms(&store->clock);
  const bool waited = self->drained_at == 0 || now < self->drained_at ||
                      now - self->drained_at >= DRAIN_ROUND_EVERY_MS;
  return self->drain_key > 0 || waited;
}

/* One batch; drain_lock is held. */
static ss_status drain_batch(ss_store *store, bool *more, ss_error *error) {
  maintenance *self = store->maintenance;
  ss_rotate_request request;
  ss_rotate_result result;
  drain_anew(store);
  if (!drain_is_due(store)) return SS_OK;
  if (self->drain_key == 0) self->drain_key = 1; /* the first is the active one */
  ss_rotate_request_init(&request);
  request.from_version = key_at(store, self->drain_key);
  self->drain_version = request.from_version;
  if (request.from_version < 0) {
    drain_next_key(store);
    return SS_OK;
  }
  request.cursor = self->drain_cursor[0] == '\0' ? NULL : self->drain_cursor;
  request.caller = &maintenance_caller;
  GUARD(ss_rotate_keys(store, &request, &result, error));
  memcpy(self->drain_cursor, result.continue_cursor, sizeof self->drain_cursor);
  if (result.is_done) drain_next_key(store);
  *more = drain_is_due(store);
  return SS_OK;
}

/* Whatever found work may find more, and the chores behind it have not been looked at. */
static ss_status step_in(store_call *call, bool *more) {
  ss_store *store = call->store;
  ss_error *error = call->error;
  maintenance *self = store->maintenance;
  ss_cleanup_result cleaned;
  *more = true;
  GUARD(ss_cleanup_secrets(store, self->plan.secret_retention_ms, &maintenance_caller, &cleaned,
                           error));
  if (cleaned.deleted > 0) return SS_OK;
  GUARD(ss_cleanup_events(store, self->plan.event_retention_ms, &maintenance_caller, &cleaned,
                          error));
  if (cleaned.deleted > 0) return SS_OK;
  *more = false;
  /* Whoever holds it may be inside a callback of the host, and is not to be waited for. */
  if (pthread_mutex_trylock(&self->drain_lock) != 0) return SS_OK;
  const ss_status status = drain_batch(store, more, error);
  (void)pthread_mutex_unlock(&self->drain_lock);
  return status;
}

ss_status ss_maintenance_step(ss_store *store, bool *more, ss_error *error) {
  bool has_more = false;
  if (more != NULL) *more = false;
  /* Entered here too, so that the store stays while its parts are looked at between the chores. */
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_MAINTENANCE_STEP, &call, error));
  const ss_status status = step_in(&call, &has_more);
  if (more != NULL) *more = status == SS_OK && has_more;
  return store_leave(&call, status);
}

/* ---- The lease ----------------------------------------------------------------------------- */

static int64_t lease_ms(const maintenance *self) {
  const bool is_long = self->plan.interval_ms > STORAGE_LONGEST_LEASE_MS / LEASE_INTERVALS;
  return is_long ? STORAGE_LONGEST_LEASE_MS : LEASE_INTERVALS * self->plan.interval_ms;
}

static ss_status take_lease_in(store_call *call, bool *taken) {
  const maintenance *self = call->store->maintenance;
  return storage_take_lease(call->store->storage, text_view_of(lease_name), self->holder,
                            lease_ms(self), taken, call->error);
}

static ss_status take_lease(ss_store *store, bool *taken, ss_error *error) {
  store_call call;
  GUARD(store_enter(store, OPERATION_UNCOUNTED, &call, error));
  return store_leave(&call, take_lease_in(&call, taken));
}

/* For whoever waits: the next pass of another process need not wait for the lease to run out. */
static ss_status give_lease_back(ss_store *store, ss_error *error) {
  return storage_return_lease(store->storage, text_view_of(lease_name), store->maintenance->holder,
                              error);
}

/* ---- The thread ---------------------------------------------------------------------------- */

/* Steps until nothing is left, the lease is somebody else's, or the thread is to end. */
static ss_status run_pass(ss_store *store, bool *stopping, ss_error *error) {
  bool more = true;
  while (more && !*stopping) {
    bool taken = false;
    GUARD(take_lease(store, &taken, error));
    if (!taken) return SS_OK;
    GUARD(ss_maintenance_step(store, &more, error));
    *stopping = background_wait(&store->background, PAUSE_BETWEEN_STEPS_MS);
  }
  return SS_OK;
}

static int64_t next_pause(const maintenance *self, int64_t pause_ms, ss_status outcome) {
  if (outcome == SS_OK) return self->plan.interval_ms;
  if (pause_ms >= LONGEST_BACK_OFF_MS) return pause_ms;
  return 2 * pause_ms < LONGEST_BACK_OFF_MS ? 2 * pause_ms : LONGEST_BACK_OFF_MS;
}

static void run_passes(ss_store *store) {
  maintenance *self = store->maintenance;
  int64_t pause_ms = self->plan.interval_ms;
  bool stopping = false;
  while (!stopping) {
    ss_error error;
    const ss_status outcome = run_pass(store, &stopping, &error);
    if (outcome != SS_OK && !store_is_closing(store)) {
      log_write(&store->log, SS_LOG_WARN, "maintenance: %s (%s); tried again later", error.message,
                ss_status_name(outcome));
    }
    pause_ms = next_pause(self, pause_ms, outcome);
    stopping = stopping || background_wait(&store->background, pause_ms);
  }
  /* Best effort: a lease that stays runs out. */
  (void)give_lease_back(store, NULL);
}

ss_status maintenance_start(ss_store *store, ss_error *error) {
  maintenance *self = store->maintenance;
  GUARD(random_public(self->holder, sizeof self->holder, error));
  return store_start_background(store, run_passes, error);
}
