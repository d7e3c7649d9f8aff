/* HMAC-SHA256 through EVP_MAC(3). */
#include "crypto/mac.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

ss_status mac_init(mac_context *context, const crypto_suite *suite,
                   const unsigned char key[MAC_KEY_BYTES], ss_error *error) {
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end(),
  };
  context->mac = EVP_MAC_CTX_new(suite->hmac);
  if (context->mac == NULL) return crypto_failure("EVP_MAC_CTX_new", error);
  if (EVP_MAC_init(context->mac, key, MAC_KEY_BYTES, parameters) == 1) return SS_OK;
  mac_clear(context);
  return crypto_failure("EVP_MAC_init", error);
}

void mac_clear(mac_context *context) {
  EVP_MAC_CTX_free(context->mac); /* clears the key */
  context->mac = NULL;
}

ss_status mac_compute(mac_context *context, byte_view prefix, byte_view data,
                      unsigned char output[MAC_BYTES], ss_error *error) {
  size_t length = 0;
  /* A NULL key restarts the computation under the key that the context holds. */
  const bool computed = EVP_MAC_init(context->mac, NULL, 0, NULL) == 1 &&
                        EVP_MAC_update(context->mac, prefix.data, prefix.length) == 1 &&
                        EVP_MAC_update(context->mac, data.data, data.length) == 1 &&
                        EVP_MAC_final(context->mac, output, &length, MAC_BYTES) == 1;
  return computed ? SS_OK : crypto_failure("HMAC-SHA256", error);
}

bool mac_equals(const unsigned char *a, const unsigned char *b, size_t length) {
  return CRYPTO_memcmp(a, b, length) == 0;
}
