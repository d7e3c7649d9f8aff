/* HKDF-SHA256 (RFC 5869) with no salt: keys derived from a random key, told apart by a text. */
#ifndef CRYPTO_HKDF_H
#define CRYPTO_HKDF_H

#include "crypto/suite.h"

enum { HKDF_KEY_BYTES = 32 };

ss_status hkdf_derive(const crypto_suite *suite, const unsigned char key[HKDF_KEY_BYTES],
                      const char *info, unsigned char derived[HKDF_KEY_BYTES],
                      ss_error *error) MUST_CHECK;

#endif
