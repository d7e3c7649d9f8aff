/* The keys that an epoch key gives (docs/formats.md): one for each kind of thing that it
 * authenticates, by HKDF-SHA256 (RFC 5869), so that no MAC of one kind is one of another. */
#ifndef AUDIT_EPOCH_KEYS_H
#define AUDIT_EPOCH_KEYS_H

#include "crypto/envelope.h"
#include "crypto/mac.h"

/* Wipe with epoch_keys_clear, or keep in locked memory. */
typedef struct epoch_keys {
  unsigned char event[MAC_KEY_BYTES]; /* events of namespaces, and of the store log */
  unsigned char head[MAC_KEY_BYTES];
  unsigned char root[MAC_KEY_BYTES];
  unsigned char seal[MAC_KEY_BYTES];  /* and anchors */
  unsigned char state[MAC_KEY_BYTES]; /* terms; epoch 1's is the store's for ever */
} epoch_keys;

void epoch_keys_clear(epoch_keys *keys);

ss_status epoch_keys_derive(epoch_keys *keys, const crypto_suite *suite, const dek *epoch_key,
                            ss_error *error) MUST_CHECK;

/* HMAC-SHA256(epoch key, ["epochcheck1", storeId, epoch]): which key it is. GCM, which wraps it,
 * does not commit to one (Dodis, Grubbs, Ristenpart, Woodage: Fast Message Franking, 2018). */
ss_status epoch_key_check(const crypto_suite *suite, const dek *epoch_key, text_view store_id,
                          int64_t epoch, unsigned char check[MAC_BYTES],
                          ss_error *error) MUST_CHECK;

#endif
