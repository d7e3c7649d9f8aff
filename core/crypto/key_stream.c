/* AES-256-CTR through OpenSSL's EVP interface (EVP_EncryptInit(3)). */
#include "crypto/key_stream.h"

ss_status key_stream_init(key_stream *self, const crypto_suite *suite, ss_error *error) {
  self->cipher = EVP_CIPHER_CTX_new();
  if (self->cipher == NULL) return crypto_failure("EVP_CIPHER_CTX_new", error);
  if (EVP_EncryptInit_ex2(self->cipher, suite->aes_256_ctr, NULL, NULL, NULL) == 1) return SS_OK;
  key_stream_clear(self);
  return crypto_failure("EVP_EncryptInit_ex2", error);
}

void key_stream_clear(key_stream *self) {
  EVP_CIPHER_CTX_free(self->cipher); /* clears the key schedule */
  self->cipher = NULL;
}

ss_status key_stream_make(key_stream *self, const unsigned char key[KEY_STREAM_KEY_BYTES],
                          unsigned char *output, size_t length, ss_error *error) {
  static const unsigned char first_counter[16];
  static const unsigned char zeros[4096];
  int written = 0;
  const bool made = length <= sizeof zeros &&
                    EVP_EncryptInit_ex2(self->cipher, NULL, key, first_counter, NULL) == 1 &&
                    EVP_EncryptUpdate(self->cipher, output, &written, zeros, (int)length) == 1;
  return made ? SS_OK : crypto_failure("AES-256-CTR", error);
}
