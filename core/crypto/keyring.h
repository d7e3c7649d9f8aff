/* The versioned KEKs that the host configured: the first is active, and wraps; the others only
 * unwrap. The key bytes lie in locked memory. Read-only once the store is open. */
#ifndef CRYPTO_KEYRING_H
#define CRYPTO_KEYRING_H

#include <stdint.h>

#include "base/view.h"
#include "crypto/gcm.h"

enum { KEY_CHECK_BYTES = 32, KEYRING_MAX_KEYS = 1000 };

typedef struct keyring {
  struct keyring_entry *entries; /* in locked memory, in the order in which they were added */
  size_t count;
  size_t capacity;
} keyring;

typedef struct keyring_entry {
  int64_t version;
  unsigned char key[GCM_KEY_BYTES];
} keyring_entry;

void keyring_clear(keyring *ring);

/* Parses key text (docs/formats.md) and adds it. SS_INVALID_OPTIONS names the version and what
 * is wrong, never the text. */
ss_status keyring_add_text(keyring *ring, int64_t version, text_view key,
                           ss_error *error) MUST_CHECK;

ss_status keyring_copy(keyring *copy, const keyring *original, ss_error *error) MUST_CHECK;

/* NULL if that version is not configured. */
const keyring_entry *keyring_find(const keyring *ring, int64_t version);
/* The key that wraps. The ring must not be empty. */
const keyring_entry *keyring_active(const keyring *ring);

/* What a store remembers of a key, to recognise other bytes under the same version:
 * HMAC-SHA256(KEK, "secretstore key check 1"). */
ss_status keyring_check_value(const crypto_suite *suite, const keyring_entry *entry,
                              unsigned char check[KEY_CHECK_BYTES], ss_error *error) MUST_CHECK;

#endif
