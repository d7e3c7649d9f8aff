/* Bare EVP AES-256-GCM. */
#include "gcm_floor.h"

#include "bench.h"

enum { TAG_BYTES = 16 };

void gcm_floor_init(gcm_floor *self) {
  self->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
  self->kek = EVP_CIPHER_CTX_new();
  self->dek = EVP_CIPHER_CTX_new();
  bench_require(EVP_CipherInit_ex2(self->kek, self->cipher, bench_key(), NULL, 1, NULL) == 1 &&
                    EVP_CipherInit_ex2(self->dek, self->cipher, NULL, NULL, 1, NULL) == 1,
                "the floor's cipher");
}

void gcm_floor_clear(gcm_floor *self) {
  EVP_CIPHER_CTX_free(self->kek);
  EVP_CIPHER_CTX_free(self->dek);
  EVP_CIPHER_free(self->cipher);
}

void gcm_floor_open(EVP_CIPHER_CTX *context, const unsigned char *key, const unsigned char *iv,
                    const unsigned char *aad, size_t aad_length, const unsigned char *sealed,
                    size_t sealed_length, unsigned char *output) {
  int length = 0;
  const size_t plaintext_length = sealed_length - TAG_BYTES;
  bench_require(
      EVP_DecryptInit_ex2(context, NULL, key, iv, NULL) == 1 &&
          EVP_DecryptUpdate(context, NULL, &length, aad, (int)aad_length) == 1 &&
          EVP_DecryptUpdate(context, output, &length, sealed, (int)plaintext_length) == 1 &&
          EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES,
                              (void *)(uintptr_t)(sealed + plaintext_length)) == 1 &&
          EVP_DecryptFinal_ex(context, output + plaintext_length, &length) == 1,
      "the floor's decryption");
}

void gcm_floor_seal(EVP_CIPHER_CTX *context, const unsigned char *key, const unsigned char *iv,
                    const unsigned char *aad, size_t aad_length, const unsigned char *plaintext,
                    size_t length, unsigned char *output) {
  int written = 0;
  bench_require(
      EVP_EncryptInit_ex2(context, NULL, key, iv, NULL) == 1 &&
          EVP_EncryptUpdate(context, NULL, &written, aad, (int)aad_length) == 1 &&
          EVP_EncryptUpdate(context, output, &written, plaintext, (int)length) == 1 &&
          EVP_EncryptFinal_ex(context, output + length, &written) == 1 &&
          EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, output + length) == 1,
      "the floor's encryption");
}
