/* The audit keys, one per epoch.
 *
 * An audit key is 32 random bytes, stored wrapped under every KEK version that has been active
 * during its life. Normally a store has one epoch. When none of the newest key's wraps can be
 * opened with the configured KEKs, writing goes on in a new epoch under a new key; verification
 * says which epochs it could not check.
 *
 * Shared by all threads of a store, guarded by a lock of its own. */
#ifndef AUDIT_EPOCHS_H
#define AUDIT_EPOCHS_H

#include <pthread.h>

#include "crypto/envelope.h"
#include "storage/storage.h"

typedef struct audit_epoch {
  int64_t epoch;
  dek *key;               /* in locked memory; NULL: no configured KEK opens it */
  bool wrapped_by_active; /* whether one of the wraps that were read is under the active KEK */
} audit_epoch;

typedef struct audit_epochs {
  pthread_mutex_t lock;
  audit_epoch *items; /* in order of epoch */
  size_t count;
  size_t capacity;
} audit_epochs;

void audit_epochs_init(audit_epochs *epochs);
void audit_epochs_clear(audit_epochs *epochs);

/* Reads all wraps and opens what the keyring can open. Replaces what was loaded before, unless that
 * is newer. */
ss_status audit_epochs_load(audit_epochs *epochs, storage_session *session, envelope *sealer,
                            const keyring *ring, text_view store_id, ss_error *error) MUST_CHECK;

/* The newest epoch if its key is open; 0 if there is none or it cannot be opened. */
int64_t audit_epochs_current(audit_epochs *epochs);

/* Whether that epoch is known, and its key if it is open. Wipe the copy. */
typedef enum audit_key_state {
  AUDIT_KEY_UNKNOWN,
  AUDIT_KEY_SEALED,
  AUDIT_KEY_OPEN
} audit_key_state;
audit_key_state audit_epochs_key(audit_epochs *epochs, int64_t epoch, dek *key);

/* How many open epochs have no wrap under the active KEK yet; and writing those wraps. The caller
 * has locked the store and loaded the epochs since; he accounts for the wraps, commits, and loads
 * again. */
size_t audit_epochs_missing_wraps(audit_epochs *epochs);
ss_status audit_epochs_add_wraps(audit_epochs *epochs, storage_session *session, envelope *sealer,
                                 const keyring *ring, text_view store_id, int64_t now,
                                 ss_error *error) MUST_CHECK;

/* Makes the key of a new epoch, one above the newest, and stores its wrap under the active KEK.
 * The caller has locked the store and loaded the epochs since: else another process may make the
 * same epoch with another key. He accounts for one wrap, commits, and loads again. */
ss_status audit_epochs_start(audit_epochs *epochs, storage_session *session, envelope *sealer,
                             const keyring *ring, text_view store_id, int64_t now,
                             ss_error *error) MUST_CHECK;

/* Of a newest epoch whose transaction was rolled back. */
void audit_epochs_forget(audit_epochs *epochs, int64_t epoch);

#endif
