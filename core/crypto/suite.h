/* The algorithms, fetched once per store: looking an implementation up in OpenSSL 3 takes longer
 * than using it (ossl-guide-libcrypto, "performance"). Read-only after creation, so that all
 * threads share it. */
#ifndef CRYPTO_SUITE_H
#define CRYPTO_SUITE_H

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include "base/guard.h"
#include "base/view.h"

enum { SHA256_BYTES = 32 };

typedef struct crypto_suite {
  EVP_CIPHER *aes_256_gcm;
  EVP_CIPHER *aes_256_ctr;
  EVP_MD *sha256;
  EVP_MAC *hmac;
  EVP_KDF *hkdf;
} crypto_suite;

ss_status crypto_suite_init(crypto_suite *suite, ss_error *error) MUST_CHECK;
void crypto_suite_clear(crypto_suite *suite);

/* The failure of an OpenSSL call that has no business failing: out_of_memory if that is
 * what its error queue says, else internal. Empties the queue, so that nothing of ours is
 * left to the host. */
ss_status crypto_failure(const char *call, ss_error *error);

/* Random bytes for DEKs and IVs, and for keys (RAND_bytes, RAND_priv_bytes: NIST SP 800-90A). */
ss_status random_public(unsigned char *output, size_t length, ss_error *error) MUST_CHECK;
ss_status random_private(unsigned char *output, size_t length, ss_error *error) MUST_CHECK;

/* SHA-256 (FIPS 180-4); and of two views as if they were one. */
ss_status sha256_digest(const crypto_suite *suite, byte_view data,
                        unsigned char digest[SHA256_BYTES], ss_error *error) MUST_CHECK;
ss_status sha256_digest_pair(const crypto_suite *suite, byte_view first, byte_view second,
                             unsigned char digest[SHA256_BYTES], ss_error *error) MUST_CHECK;

#endif
