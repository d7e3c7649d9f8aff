/* HMAC-SHA256 (RFC 2104, FIPS 198-1) on a context that keeps its key. Not thread-safe. */
#ifndef CRYPTO_MAC_H
#define CRYPTO_MAC_H

#include "crypto/suite.h"

enum { MAC_BYTES = SHA256_BYTES, MAC_KEY_BYTES = 32 };

typedef struct mac_context {
  EVP_MAC_CTX *mac;
} mac_context;

ss_status mac_init(mac_context *context, const crypto_suite *suite,
                   const unsigned char key[MAC_KEY_BYTES], ss_error *error) MUST_CHECK;
void mac_clear(mac_context *context);

/* The MAC of prefix followed by data; prefix may be empty. */
ss_status mac_compute(mac_context *context, byte_view prefix, byte_view data,
                      unsigned char output[MAC_BYTES], ss_error *error) MUST_CHECK;

/* Compares in constant time (CRYPTO_memcmp). */
bool mac_equals(const unsigned char *a, const unsigned char *b, size_t length);

#endif
