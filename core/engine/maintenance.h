/* Maintenance: what a store does for itself in the background or step by step. */
#ifndef ENGINE_MAINTENANCE_H
#define ENGINE_MAINTENANCE_H

#include <pthread.h>
#include <stdbool.h>

#include "secretstore/secretstore.h"
#include "storage/storage.h"

/* Who maintenance works for; operations know it by its address. */
extern const ss_caller maintenance_caller;

typedef struct maintenance {
  /* Fixed after open. */
  int64_t interval_ms;
  int64_t secret_retention_ms;
  int64_t event_retention_ms;
  unsigned char holder[STORAGE_LEASE_HOLDER_BYTES]; /* of this handle's lease */

  pthread_mutex_t lock; /* guards what follows */
  pthread_cond_t wake;
  pthread_t thread;
  bool is_running; /* thread is to be joined */
  bool is_stopping;

  /* How far the drain of older keys is; guarded by drain_lock, which is held during a step. */
  pthread_mutex_t drain_lock;
  size_t drain_key; /* index in the keyring of the version being drained */
  char drain_cursor[SS_CURSOR_CAPACITY];
  int64_t head_made_at; /* when the store's head was made last; 0: not yet */
  int64_t drained_at;   /* when the last round over all keys ended; 0: none did */
} maintenance;

void maintenance_init(maintenance *self, int64_t interval_ms, int64_t secret_retention_ms,
                      int64_t event_retention_ms);
void maintenance_clear(maintenance *self);

ss_status maintenance_start(ss_store *store, ss_error *error);
/* Tells the thread to end, and does not wait for it. Fine if there is none. */
void maintenance_end(maintenance *self);
/* Waits until it has ended, after it has left the store; or lets go of it, if it is the caller. */
void maintenance_await_end(maintenance *self);
/* In a child process, which has no such thread. */
void maintenance_forget_thread(maintenance *self);

#endif
