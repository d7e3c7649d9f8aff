/* Deriving and checking. */
#include "audit/epoch_keys.h"

#include "base/json.h"
#include "base/memory.h"
#include "crypto/hkdf.h"

void epoch_keys_clear(epoch_keys *keys) { memory_wipe(keys, sizeof *keys); }

ss_status epoch_keys_derive(epoch_keys *keys, const crypto_suite *suite, const dek *epoch_key,
                            ss_error *error) {
  const unsigned char *key = epoch_key->bytes;
  GUARD(hkdf_derive(suite, key, "secretstore event key 1", keys->event, error));
  GUARD(hkdf_derive(suite, key, "secretstore head key 1", keys->head, error));
  GUARD(hkdf_derive(suite, key, "secretstore root key 1", keys->root, error));
  GUARD(hkdf_derive(suite, key, "secretstore seal key 1", keys->seal, error));
  return hkdf_derive(suite, key, "secretstore state key 1", keys->state, error);
}

ss_status epoch_key_check(const crypto_suite *suite, const dek *epoch_key, text_view store_id,
                          int64_t epoch, unsigned char check[MAC_BYTES], ss_error *error) {
  byte_buffer text ON_SCOPE_EXIT(buffer_clear) = {0};
  mac_context mac ON_SCOPE_EXIT(mac_clear) = {0};
  buffer_append_text(&text, "[\"epochcheck1\",");
  json_append_string(&text, store_id);
  buffer_append_text(&text, ",");
  buffer_append_integer(&text, epoch);
  buffer_append_text(&text, "]");
  GUARD(buffer_status(&text, error));
  GUARD(mac_init(&mac, suite, epoch_key->bytes, error));
  return mac_compute(&mac, (byte_view){0}, buffer_view(&text), check, error);
}
