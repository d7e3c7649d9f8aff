/* The envelope: AADs, sealing values, wrapping keys. */
#include "crypto/envelope.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/status.h"

struct envelope {
  const crypto_suite *suite;
  const keyring *keyring;
  gcm_context value_cipher;  /* re-keyed with each DEK */
  gcm_context *wrap_ciphers; /* one per key of the ring, keyed at its first use */
  byte_buffer aad;           /* scratch; holds plain text only */
};

void dek_clear(dek *key) { memory_wipe(key, sizeof *key); }

/* ---- Life ---------------------------------------------------------------------------------- */

ss_status envelope_new(const crypto_suite *suite, const keyring *ring, envelope **created,
                       ss_error *error) {
  *created = NULL;
  envelope *self = memory_new(sizeof *self);
  if (self == NULL) return error_out_of_memory(error);
  self->suite = suite;
  self->keyring = ring;
  self->wrap_ciphers = memory_new(ring->count * sizeof *self->wrap_ciphers);
  ss_status status = self->wrap_ciphers == NULL ? error_out_of_memory(error)
                                                : gcm_init(&self->value_cipher, suite, error);
  if (status != SS_OK) {
    envelope_free(self);
    return status;
  }
  *created = self;
  return SS_OK;
}

void envelope_free(envelope *self) {
  if (self == NULL) return;
  gcm_clear(&self->value_cipher);
  for (size_t i = 0; self->wrap_ciphers != NULL && i < self->keyring->count; i++) {
    gcm_clear(&self->wrap_ciphers[i]);
  }
  memory_free(self->wrap_ciphers);
  buffer_clear(&self->aad);
  memory_free(self);
}

/* ---- AADs ---------------------------------------------------------------------------------- */

static void append_integer_field(byte_buffer *output, int64_t number) {
  buffer_append(output, ",", 1);
  buffer_append_integer(output, number);
}

static void append_string_field(byte_buffer *output, text_view text) {
  buffer_append(output, ",", 1);
  json_append_string(output, text);
}

void envelope_append_value_aad(byte_buffer *output, text_view namespace_name, text_view name) {
  buffer_append_text(output, "[\"value\"");
  append_string_field(output, namespace_name);
  append_string_field(output, name);
  buffer_append(output, "]", 1);
}

/* What every DEK's AAD ends with. */
static void append_row_fields(byte_buffer *output, const dek_binding *binding) {
  append_integer_field(output, binding->revision);
  append_integer_field(output, binding->created_at);
  append_integer_field(output, binding->updated_at);
  buffer_append(output, ",", 1);
  json_append_time(output, binding->expires_at);
  buffer_append(output, ",\"", 2);
  buffer_append_hex(output, binding->value_digest.data, binding->value_digest.length);
  buffer_append(output, "\",", 2);
  if (binding->metadata.data == NULL) {
    buffer_append_text(output, "null");
  } else {
    buffer_append(output, binding->metadata.data, binding->metadata.length);
  }
  buffer_append(output, "]", 1);
}

static void append_names(byte_buffer *output, const dek_binding *binding) {
  append_string_field(output, binding->store_id);
  append_string_field(output, binding->namespace_name);
  append_string_field(output, binding->name);
  append_integer_field(output, binding->key_version);
}

void envelope_append_dek_aad(byte_buffer *output, const dek_binding *binding) {
  buffer_append_text(output, "[\"dek2\"");
  append_names(output, binding);
  append_integer_field(output, binding->secret_id);
  append_row_fields(output, binding);
}

void envelope_append_portable_dek_aad(byte_buffer *output, const dek_binding *binding) {
  buffer_append_text(output, "[\"portable2\"");
  append_names(output, binding);
  append_row_fields(output, binding);
}

void envelope_append_component_dek_aad(byte_buffer *output, text_view namespace_name,
                                       text_view name, int64_t key_version) {
  buffer_append_text(output, "[\"dek\"");
  append_string_field(output, namespace_name);
  append_string_field(output, name);
  append_integer_field(output, key_version);
  buffer_append(output, "]", 1);
}

static void append_epoch_key_aad(byte_buffer *output, text_view store_id, int64_t epoch,
                                 int64_t key_version) {
  buffer_append_text(output, "[\"epoch1\"");
  append_string_field(output, store_id);
  append_integer_field(output, epoch);
  append_integer_field(output, key_version);
  buffer_append(output, "]", 1);
}

static void append_export_key_aad(byte_buffer *output, text_view export_id, int64_t key_version) {
  buffer_append_text(output, "[\"export1\"");
  append_string_field(output, export_id);
  append_integer_field(output, key_version);
  buffer_append(output, "]", 1);
}

ss_status envelope_digest_value(const crypto_suite *suite, byte_view iv, byte_view sealed,
                                unsigned char digest[SHA256_BYTES], ss_error *error) {
  return sha256_digest_pair(suite, iv, sealed, digest, error);
}

/* ---- Values -------------------------------------------------------------------------------- */

static ss_status prepare_value(envelope *self, const dek *key, text_view namespace_name,
                               text_view name, ss_error *error) {
  buffer_reset(&self->aad);
  envelope_append_value_aad(&self->aad, namespace_name, name);
  GUARD(buffer_status(&self->aad, error));
  return gcm_set_key(&self->value_cipher, key->bytes, error);
}

ss_status envelope_seal_value(envelope *self, const dek *key, const unsigned char iv[GCM_IV_BYTES],
                              text_view namespace_name, text_view name, byte_view value,
                              unsigned char *sealed, ss_error *error) {
  GUARD(prepare_value(self, key, namespace_name, name, error));
  return gcm_seal(&self->value_cipher, iv, buffer_view(&self->aad), value, sealed, error);
}

static ss_status value_not_authentic(text_view name, ss_error *error) {
  return error_set(error, SS_DECRYPTION_FAILED,
                   "secret \"%.*s\": its encrypted value does not authenticate; the row was "
                   "changed, moved or damaged",
                   QUOTED_LENGTH(name.length), name.data);
}

ss_status envelope_open_value(envelope *self, const dek *key, byte_view iv,
                              text_view namespace_name, text_view name, byte_view sealed,
                              unsigned char *value, ss_error *error) {
  ss_status status = iv.length == GCM_IV_BYTES
                         ? prepare_value(self, key, namespace_name, name, error)
                         : SS_DECRYPTION_FAILED;
  if (status == SS_OK) {
    status = gcm_open(&self->value_cipher, iv.data, buffer_view(&self->aad), sealed, value, error);
  } else if (sealed.length > GCM_TAG_BYTES) {
    memory_wipe(value, sealed.length - GCM_TAG_BYTES);
  }
  return status == SS_DECRYPTION_FAILED ? value_not_authentic(name, error) : status;
}

/* ---- Wrapped keys -------------------------------------------------------------------------- */

/* The context keyed with that version's KEK. */
static ss_status wrap_cipher(envelope *self, int64_t key_version, gcm_context **cipher,
                             ss_error *error) {
  const keyring_entry *entry = keyring_find(self->keyring, key_version);
  if (entry == NULL) {
    return error_set(error, SS_KEY_VERSION_UNAVAILABLE,
                     "key version %lld is not among the configured keys", (long long)key_version);
  }
  gcm_context *found = &self->wrap_ciphers[entry - self->keyring->entries];
  if (found->cipher == NULL) {
    GUARD(gcm_init(found, self->suite, error));
    const ss_status status = gcm_set_key(found, entry->key, error);
    if (status != SS_OK) {
      gcm_clear(found);
      return status;
    }
  }
  *cipher = found;
  return SS_OK;
}

/* self->aad holds the AAD. */
static ss_status wrap(envelope *self, int64_t key_version, const dek *key, wrapped_key *wrapped,
                      ss_error *error) {
  GUARD(buffer_status(&self->aad, error));
  gcm_context *cipher = NULL;
  GUARD(wrap_cipher(self, key_version, &cipher, error));
  const byte_view plaintext = {key->bytes, sizeof key->bytes};
  return gcm_seal(cipher, wrapped->iv, buffer_view(&self->aad), plaintext, wrapped->bytes, error);
}

static ss_status unwrap(envelope *self, int64_t key_version, byte_view iv, byte_view wrapped,
                        dek *key, ss_error *error) {
  dek_clear(key);
  GUARD(buffer_status(&self->aad, error));
  gcm_context *cipher = NULL;
  GUARD(wrap_cipher(self, key_version, &cipher, error));
  if (iv.length != GCM_IV_BYTES || wrapped.length != WRAPPED_KEY_BYTES) return SS_DECRYPTION_FAILED;
  return gcm_open(cipher, iv.data, buffer_view(&self->aad), wrapped, key->bytes, error);
}

static ss_status row_not_authentic(text_view name, ss_error *error) {
  return error_set(error, SS_DECRYPTION_FAILED,
                   "secret \"%.*s\": its row does not authenticate under its key; it was changed, "
                   "moved or damaged",
                   QUOTED_LENGTH(name.length), name.data);
}

ss_status envelope_wrap_dek(envelope *self, const dek_binding *binding, const dek *key,
                            wrapped_key *wrapped, ss_error *error) {
  buffer_reset(&self->aad);
  envelope_append_dek_aad(&self->aad, binding);
  return wrap(self, binding->key_version, key, wrapped, error);
}

ss_status envelope_unwrap_dek(envelope *self, const dek_binding *binding, byte_view iv,
                              byte_view wrapped, dek *key, ss_error *error) {
  buffer_reset(&self->aad);
  envelope_append_dek_aad(&self->aad, binding);
  const ss_status status = unwrap(self, binding->key_version, iv, wrapped, key, error);
  return status == SS_DECRYPTION_FAILED ? row_not_authentic(binding->name, error) : status;
}

ss_status envelope_unwrap_component_dek(envelope *self, text_view namespace_name, text_view name,
                                        int64_t key_version, byte_view iv, byte_view wrapped,
                                        dek *key, ss_error *error) {
  buffer_reset(&self->aad);
  envelope_append_component_dek_aad(&self->aad, namespace_name, name, key_version);
  const ss_status status = unwrap(self, key_version, iv, wrapped, key, error);
  return status == SS_DECRYPTION_FAILED ? row_not_authentic(name, error) : status;
}

ss_status envelope_wrap_component_dek(envelope *self, text_view namespace_name, text_view name,
                                      int64_t key_version, const dek *key, wrapped_key *wrapped,
                                      ss_error *error) {
  buffer_reset(&self->aad);
  envelope_append_component_dek_aad(&self->aad, namespace_name, name, key_version);
  return wrap(self, key_version, key, wrapped, error);
}

ss_status envelope_wrap_portable_dek(envelope *self, const dek_binding *binding, const dek *key,
                                     wrapped_key *wrapped, ss_error *error) {
  buffer_reset(&self->aad);
  envelope_append_portable_dek_aad(&self->aad, binding);
  return wrap(self, binding->key_version, key, wrapped, error);
}

ss_status envelope_unwrap_portable_dek(envelope *self, const dek_binding *binding, byte_view iv,
                                       byte_view wrapped, dek *key, ss_error *error) {
  buffer_reset(&self->aad);
  envelope_append_portable_dek_aad(&self->aad, binding);
  const ss_status status = unwrap(self, binding->key_version, iv, wrapped, key, error);
  return status == SS_DECRYPTION_FAILED ? row_not_authentic(binding->name, error) : status;
}

ss_status envelope_wrap_export_key(envelope *self, text_view export_id, int64_t key_version,
                                   const dek *key, wrapped_key *wrapped, ss_error *error) {
  buffer_reset(&self->aad);
  append_export_key_aad(&self->aad, export_id, key_version);
  return wrap(self, key_version, key, wrapped, error);
}

ss_status envelope_unwrap_export_key(envelope *self, text_view export_id, int64_t key_version,
                                     byte_view iv, byte_view wrapped, dek *key, ss_error *error) {
  buffer_reset(&self->aad);
  append_export_key_aad(&self->aad, export_id, key_version);
  const ss_status status = unwrap(self, key_version, iv, wrapped, key, error);
  if (status != SS_DECRYPTION_FAILED) return status;
  return error_set(error, SS_DECRYPTION_FAILED,
                   "the export's header does not authenticate under key version %lld",
                   (long long)key_version);
}

ss_status envelope_wrap_epoch_key(envelope *self, text_view store_id, int64_t epoch,
                                  int64_t key_version, const dek *key, wrapped_key *wrapped,
                                  ss_error *error) {
  buffer_reset(&self->aad);
  append_epoch_key_aad(&self->aad, store_id, epoch, key_version);
  return wrap(self, key_version, key, wrapped, error);
}

ss_status envelope_unwrap_epoch_key(envelope *self, text_view store_id, int64_t epoch,
                                    int64_t key_version, byte_view iv, byte_view wrapped, dek *key,
                                    ss_error *error) {
  buffer_reset(&self->aad);
  append_epoch_key_aad(&self->aad, store_id, epoch, key_version);
  const ss_status status = unwrap(self, key_version, iv, wrapped, key, error);
  if (status != SS_DECRYPTION_FAILED) return status;
  return error_set(error, SS_DECRYPTION_FAILED,
                   "the key of epoch %lld does not authenticate under key version %lld",
                   (long long)epoch, (long long)key_version);
}
