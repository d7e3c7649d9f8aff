/* Fetching the algorithms; randomness; digests; the shape of an OpenSSL failure. */
#include "crypto/suite.h"

#include <openssl/err.h>
#include <openssl/evperr.h>
#include <openssl/rand.h>

#include "base/status.h"

/* OpenSSL reports a failed allocation in its error queue, behind other entries maybe; or as a
 * context that could not be initialised or copied (EVP's names for a provider that returned none);
 * or nowhere, when there was no memory for the entry either. Called with sound arguments and
 * fetched algorithms, as it is here, it has no other reason for the last two. */
static bool tells_out_of_memory(unsigned long code) {
  const int reason = ERR_GET_REASON(code);
  if (reason == ERR_R_MALLOC_FAILURE) return true;
  return ERR_GET_LIB(code) == ERR_LIB_EVP &&
         (reason == EVP_R_INITIALIZATION_ERROR || reason == EVP_R_NOT_ABLE_TO_COPY_CTX);
}

static bool queue_tells_out_of_memory(unsigned long last) {
  bool out_of_memory = last == 0;
  for (unsigned long code = ERR_get_error(); code != 0; code = ERR_get_error()) {
    out_of_memory |= tells_out_of_memory(code);
  }
  return out_of_memory;
}

ss_status crypto_failure(const char *call, ss_error *error) {
  const unsigned long last = ERR_peek_last_error();
  const bool out_of_memory = queue_tells_out_of_memory(last);
  char reason[160];
  ERR_error_string_n(last, reason, sizeof reason);
  ERR_clear_error();
  if (out_of_memory) return error_out_of_memory(error);
  return error_set(error, SS_INTERNAL, "OpenSSL's %s failed: %s", call, reason);
}

ss_status crypto_suite_init(crypto_suite *suite, ss_error *error) {
  *suite = (crypto_suite){
      .aes_256_gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL),
      .aes_256_ctr = EVP_CIPHER_fetch(NULL, "AES-256-CTR", NULL),
      .sha256 = EVP_MD_fetch(NULL, "SHA256", NULL),
      .hmac = EVP_MAC_fetch(NULL, "HMAC", NULL),
      .hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL),
  };
  const bool complete = suite->aes_256_gcm != NULL && suite->aes_256_ctr != NULL &&
                        suite->sha256 != NULL && suite->hmac != NULL && suite->hkdf != NULL;
  if (complete) return SS_OK;
  crypto_suite_clear(suite);
  return crypto_failure("EVP_CIPHER_fetch, EVP_MD_fetch, EVP_MAC_fetch or EVP_KDF_fetch", error);
}

void crypto_suite_clear(crypto_suite *suite) {
  EVP_CIPHER_free(suite->aes_256_gcm);
  EVP_CIPHER_free(suite->aes_256_ctr);
  EVP_MD_free(suite->sha256);
  EVP_MAC_free(suite->hmac);
  EVP_KDF_free(suite->hkdf);
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

ss_status sha256_digest_pair(const crypto_suite *suite, byte_view first, byte_view second,
                             unsigned char digest[SHA256_BYTES], ss_error *error) {
  unsigned int length = 0;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  if (context == NULL) return crypto_failure("EVP_MD_CTX_new", error);
  const bool done = EVP_DigestInit_ex2(context, suite->sha256, NULL) == 1 &&
                    EVP_DigestUpdate(context, first.data, first.length) == 1 &&
                    EVP_DigestUpdate(context, second.data, second.length) == 1 &&
                    EVP_DigestFinal_ex(context, digest, &length) == 1;
  EVP_MD_CTX_free(context);
  return done ? SS_OK : crypto_failure("SHA-256", error);
}
