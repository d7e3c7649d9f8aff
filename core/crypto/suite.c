/* Fetching the algorithms; randomness; digests; the shape of an OpenSSL failure. */
#include "crypto/suite.h"

#include <openssl/err.h>
#include <openssl/rand.h>

#include "base/status.h"

ss_status crypto_failure(const char *call, ss_error *error) {
  const unsigned long code = ERR_peek_last_error();
  const bool out_of_memory = ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
  char reason[160];
  ERR_error_string_n(code, reason, sizeof reason);
  ERR_clear_error();
  if (out_of_memory) return error_out_of_memory(error);
  return error_set(error, SS_INTERNAL, "OpenSSL's %s failed: %s", call, reason);
}

ss_status crypto_suite_init(crypto_suite *suite, ss_error *error) {
  *suite = (crypto_suite){
      .aes_256_gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL),
      .sha256 = EVP_MD_fetch(NULL, "SHA256", NULL),
      .hmac = EVP_MAC_fetch(NULL, "HMAC", NULL),
  };
  if (suite->aes_256_gcm != NULL && suite->sha256 != NULL && suite->hmac != NULL) return SS_OK;
  crypto_suite_clear(suite);
  return crypto_failure("EVP_CIPHER_fetch, EVP_MD_fetch or EVP_MAC_fetch", error);
}

void crypto_suite_clear(crypto_suite *suite) {
  EVP_CIPHER_free(suite->aes_256_gcm);
  EVP_MD_free(suite->sha256);
  EVP_MAC_free(suite->hmac);
  *suite = (crypto_suite){0};
}

ss_status random_public(unsigned char *output, size_t length, ss_error *error) {
  if (RAND_bytes(output, (int)length) == 1) return SS_OK;
  return crypto_failure("RAND_bytes", error);
}

ss_status random_private(unsigned char *output, size_t length, ss_error *error) {
  if (RAND_priv_bytes(output, (int)length) == 1) return SS_OK;
  return crypto_failure("RAND_priv_bytes", error);
}

ss_status sha256_digest(const crypto_suite *suite, byte_view data,
                        unsigned char digest[SHA256_BYTES], ss_error *error) {
  unsigned int length = 0;
  if (EVP_Digest(data.data, data.length, digest, &length, suite->sha256, NULL) == 1) return SS_OK;
  return crypto_failure("EVP_Digest", error);
}
