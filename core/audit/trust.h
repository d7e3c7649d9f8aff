/* What a handle believes of a store: the root, authenticated with the configured KEKs, and the
 * epoch keys that it opened. Everything else in a store is believed by way of these.
 *
 * Immutable once made: the next root makes another trust, and whoever uses one holds it. So a call
 * goes on with what it began with, while another call takes new keys (reload_keys) or changes the
 * root. The last one to let go wipes the keys. */
#ifndef AUDIT_TRUST_H
#define AUDIT_TRUST_H

#include <stdatomic.h>

#include "audit/epoch_keys.h"
#include "audit/root.h"
#include "crypto/envelope.h"
#include "storage/storage.h"

/* The configured KEKs, shared by the trusts that were opened with them. */
typedef struct shared_keyring {
  atomic_size_t holders;
  keyring keys;
} shared_keyring;

/* A copy of its own, held for the caller; NULL on failure. */
ss_status shared_keyring_new(const keyring *original, shared_keyring **created,
                             ss_error *error) MUST_CHECK;
shared_keyring *shared_keyring_retain(shared_keyring *self);
void shared_keyring_release(shared_keyring *self); /* NULL is none */

/* An epoch's key and those derived from it, in locked memory. */
typedef struct opened_epoch {
  dek key;
  epoch_keys derived;
} opened_epoch;

typedef struct trust {
  atomic_size_t holders;
  shared_keyring *ring;
  root_record root;
  byte_buffer text; /* the root's, as it is stored */
  unsigned char mac[MAC_BYTES];
  opened_epoch *epochs; /* epochs[i] is epoch i + 1: all that the root names */
  size_t epoch_capacity;
} trust;

trust *trust_retain(trust *self);
void trust_release(trust *self); /* NULL is none */

/* What opening takes. The envelope has the ring's keys. */
typedef struct trust_tools {
  const crypto_suite *suite;
  envelope *envelope;
  shared_keyring *ring;
} trust_tools;

/* Opens and authenticates a root that a store holds. SS_KEY_MISMATCH: a configured key is another
 * one than the store knows by its version. SS_KEY_VERSION_UNAVAILABLE: no configured key is
 * admitted. SS_INTEGRITY_VIOLATION: the root, or a wrap that it names, is not authentic. */
ss_status trust_open(const trust_tools *tools, const stored_root *stored, trust **opened,
                     ss_error *error) MUST_CHECK;

/* ---- Making the next root ------------------------------------------------------------------- */

/* A copy that its maker may change until trust_seal; shares the ring. */
ss_status trust_copy(const trust *self, trust **copy, ss_error *error) MUST_CHECK;
/* Of a store that does not exist yet: a root without keys and epochs, under a fresh id. */
ss_status trust_new(const trust_tools *tools, int64_t now, trust **created,
                    ss_error *error) MUST_CHECK;

/* Admits a configured key that the root does not know: its check, and a wrap of every epoch under
 * it, so that the wraps that this takes are as many as the epochs. */
ss_status trust_admit(trust *self, const trust_tools *tools, const keyring_entry *entry,
                      int64_t now, ss_error *error) MUST_CHECK;

/* Begins the next epoch under every admitted version, all of which must be configured, else
 * SS_KEY_VERSION_UNAVAILABLE names the first missing one. */
ss_status trust_begin_epoch(trust *self, const trust_tools *tools, int64_t now,
                            ss_error *error) MUST_CHECK;

/* The next sequence; the text, and its MAC under the newest epoch's root key. */
ss_status trust_seal(trust *self, const crypto_suite *suite, ss_error *error) MUST_CHECK;

/* ---- Asking ---------------------------------------------------------------------------------- */

static inline int64_t trust_newest_epoch(const trust *self) {
  return (int64_t)self->root.epoch_count;
}

/* NULL: the root names no such epoch. */
const epoch_keys *trust_epoch(const trust *self, int64_t epoch);

/* Whether the root admits that version: for new wraps; and also for opening rows, under which one
 * that is being retired still stands. */
bool trust_admits(const trust *self, int64_t key_version);
bool trust_opens(const trust *self, int64_t key_version);

/* The first configured key that the root does not know; NULL: it knows all. */
const keyring_entry *trust_unknown_key(const trust *self);

#endif
