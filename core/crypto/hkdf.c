/* HKDF through EVP_KDF(3) and EVP_KDF-HKDF(7). */
#include "crypto/hkdf.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

/* The parameters take pointers to non-const, and are only read. */
static void *unconst(const void *data) { return (void *)(uintptr_t)data; }

ss_status hkdf_derive(const crypto_suite *suite, const unsigned char key[HKDF_KEY_BYTES],
                      const char *info, unsigned char derived[HKDF_KEY_BYTES], ss_error *error) {
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, unconst(key), HKDF_KEY_BYTES),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, unconst(info), strlen(info)),
      OSSL_PARAM_construct_end(),
  };
  EVP_KDF_CTX *context = EVP_KDF_CTX_new(suite->hkdf);
  if (context == NULL) return crypto_failure("EVP_KDF_CTX_new", error);
  const bool done = EVP_KDF_derive(context, derived, HKDF_KEY_BYTES, parameters) == 1;
  EVP_KDF_CTX_free(context); /* clears the key */
  return done ? SS_OK : crypto_failure("EVP_KDF_derive", error);
}
