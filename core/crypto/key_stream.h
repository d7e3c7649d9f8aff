/* The key stream of AES-256-CTR (NIST SP 800-38A, 6.5) from a counter block of zeros: a key spread
 * over many bytes. The context is keyed anew for each; not thread-safe. */
#ifndef CRYPTO_KEY_STREAM_H
#define CRYPTO_KEY_STREAM_H

#include "crypto/suite.h"

enum { KEY_STREAM_KEY_BYTES = 32 };

typedef struct key_stream {
  EVP_CIPHER_CTX *cipher;
} key_stream;

ss_status key_stream_init(key_stream *self, const crypto_suite *suite, ss_error *error) MUST_CHECK;
void key_stream_clear(key_stream *self);

/* The first length bytes of the stream, at most 4096. */
ss_status key_stream_make(key_stream *self, const unsigned char key[KEY_STREAM_KEY_BYTES],
                          unsigned char *output, size_t length, ss_error *error) MUST_CHECK;

#endif
