/* AES-256-GCM (NIST SP 800-38D) with a 12-byte IV and a 16-byte tag, on contexts that are reused.
 *
 * A context keeps its key until the next gcm_set_key or gcm_clear; sealing and opening only set
 * the IV, which spares the key schedule. One (key, IV) pair may seal once: IVs here are random,
 * which bounds a key to 2^32 seals (SP 800-38D, 8.3). Not thread-safe. */
#ifndef CRYPTO_GCM_H
#define CRYPTO_GCM_H

#include "crypto/suite.h"

enum { GCM_KEY_BYTES = 32, GCM_IV_BYTES = 12, GCM_TAG_BYTES = 16 };

typedef struct gcm_context {
  EVP_CIPHER_CTX *cipher;
} gcm_context;

ss_status gcm_init(gcm_context *context, const crypto_suite *suite, ss_error *error) MUST_CHECK;
void gcm_clear(gcm_context *context);

ss_status gcm_set_key(gcm_context *context, const unsigned char key[GCM_KEY_BYTES],
                      ss_error *error) MUST_CHECK;

/* Writes plaintext.length + GCM_TAG_BYTES bytes: the ciphertext, then the tag. */
ss_status gcm_seal(gcm_context *context, const unsigned char iv[GCM_IV_BYTES], byte_view aad,
                   byte_view plaintext, unsigned char *output, ss_error *error) MUST_CHECK;

/* Writes sealed.length - GCM_TAG_BYTES bytes. If the tag does not fit, output is wiped and the
 * status is SS_DECRYPTION_FAILED with no message: the caller knows what it was opening. */
ss_status gcm_open(gcm_context *context, const unsigned char iv[GCM_IV_BYTES], byte_view aad,
                   byte_view sealed, unsigned char *output, ss_error *error) MUST_CHECK;

#endif
