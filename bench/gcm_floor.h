/* The floor's cipher: bare EVP AES-256-GCM on reused contexts, nothing around it. */
#ifndef BENCH_GCM_FLOOR_H
#define BENCH_GCM_FLOOR_H

#include <openssl/evp.h>
#include <stddef.h>

typedef struct gcm_floor {
  EVP_CIPHER *cipher;
  EVP_CIPHER_CTX *kek; /* keyed once */
  EVP_CIPHER_CTX *dek; /* re-keyed per operation */
} gcm_floor;

void gcm_floor_init(gcm_floor *self);
void gcm_floor_clear(gcm_floor *self);

/* key NULL: the context's own. Exits if the tag is wrong. */
void gcm_floor_open(EVP_CIPHER_CTX *context, const unsigned char *key, const unsigned char *iv,
                    const unsigned char *aad, size_t aad_length, const unsigned char *sealed,
                    size_t sealed_length, unsigned char *output);
void gcm_floor_seal(EVP_CIPHER_CTX *context, const unsigned char *key, const unsigned char *iv,
                    const unsigned char *aad, size_t aad_length, const unsigned char *plaintext,
                    size_t length, unsigned char *output);

#endif
