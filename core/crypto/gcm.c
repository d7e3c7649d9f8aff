/* AES-256-GCM through OpenSSL's EVP interface (EVP_EncryptInit(3), "AEAD interface"). */
#include "crypto/gcm.h"

#include <limits.h>
#include <openssl/err.h>

#include "base/memory.h"
#include "base/status.h"

ss_status gcm_init(gcm_context *context, const crypto_suite *suite, ss_error *error) {
  context->cipher = EVP_CIPHER_CTX_new();
  if (context->cipher == NULL) return crypto_failure("EVP_CIPHER_CTX_new", error);
  if (EVP_CipherInit_ex2(context->cipher, suite->aes_256_gcm, NULL, NULL, 1, NULL) == 1)
    return SS_OK;
  gcm_clear(context);
  return crypto_failure("EVP_CipherInit_ex2", error);
}

void gcm_clear(gcm_context *context) {
  EVP_CIPHER_CTX_free(context->cipher); /* clears the key schedule */
  context->cipher = NULL;
}

ss_status gcm_set_key(gcm_context *context, const unsigned char key[GCM_KEY_BYTES],
                      ss_error *error) {
  if (EVP_CipherInit_ex2(context->cipher, NULL, key, NULL, 1, NULL) == 1) return SS_OK;
  return crypto_failure("EVP_CipherInit_ex2", error);
}

static bool fits_int(byte_view view) { return view.length <= INT_MAX - GCM_TAG_BYTES; }

ss_status gcm_seal(gcm_context *context, const unsigned char iv[GCM_IV_BYTES], byte_view aad,
                   byte_view plaintext, unsigned char *output, ss_error *error) {
  EVP_CIPHER_CTX *cipher = context->cipher;
  if (!fits_int(aad) || !fits_int(plaintext)) {
    return error_set(error, SS_INTERNAL, "gcm_seal: expected less than 2 GiB of data");
  }
  int length = 0;
  int final_length = 0;
  const bool sealed =
      EVP_EncryptInit_ex2(cipher, NULL, NULL, iv, NULL) == 1 &&
      EVP_EncryptUpdate(cipher, NULL, &length, aad.data, (int)aad.length) == 1 &&
      (plaintext.length == 0 ||
       EVP_EncryptUpdate(cipher, output, &length, plaintext.data, (int)plaintext.length) == 1) &&
      EVP_EncryptFinal_ex(cipher, output + plaintext.length, &final_length) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, GCM_TAG_BYTES,
                          output + plaintext.length) == 1;
  return sealed ? SS_OK : crypto_failure("AES-256-GCM encryption", error);
}

ss_status gcm_open(gcm_context *context, const unsigned char iv[GCM_IV_BYTES], byte_view aad,
                   byte_view sealed, unsigned char *output, ss_error *error) {
  EVP_CIPHER_CTX *cipher = context->cipher;
  if (sealed.length < GCM_TAG_BYTES || !fits_int(aad) || !fits_int(sealed)) {
    return SS_DECRYPTION_FAILED;
  }
  const size_t plaintext_length = sealed.length - GCM_TAG_BYTES;
  /* The control takes a pointer to non-const, and only reads it. */
  unsigned char *tag = (unsigned char *)(uintptr_t)(sealed.data + plaintext_length);
  int length = 0;
  int final_length = 0;
  const bool decrypted =
      EVP_DecryptInit_ex2(cipher, NULL, NULL, iv, NULL) == 1 &&
      EVP_DecryptUpdate(cipher, NULL, &length, aad.data, (int)aad.length) == 1 &&
      (plaintext_length == 0 ||
       EVP_DecryptUpdate(cipher, output, &length, sealed.data, (int)plaintext_length) == 1) &&
      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, GCM_TAG_BYTES, tag) == 1;
  if (!decrypted) {
    memory_wipe(output, plaintext_length);
    return crypto_failure("AES-256-GCM decryption", error);
  }
  if (EVP_DecryptFinal_ex(cipher, output + plaintext_length, &final_length) == 1) return SS_OK;
  memory_wipe(output, plaintext_length);
  ERR_clear_error();
  return SS_DECRYPTION_FAILED;
}
