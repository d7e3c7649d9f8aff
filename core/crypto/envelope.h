/* Envelope encryption (docs/formats.md): a value is sealed under its DEK, the DEK is wrapped
 * under a versioned KEK. What the two seals authenticate beside their plaintext (their AAD) ties
 * a value to its name, and a wrapped DEK to everything that its row says in plain text.
 *
 *   value AAD        ["value", namespace|null, name]
 *   DEK AAD          ["dek2", storeId, namespace|null, name, keyVersion, secretId, revision,
 *                     createdAt, updatedAt, expiresAt|null, valueDigest, metadata|null]
 *   component's DEK  ["dek", namespace|null, name, keyVersion]
 *   epoch key AAD    ["epoch1", storeId, epoch, keyVersion]
 *   portable DEK     ["portable2", exportId, namespace|null, name, keyVersion, revision,
 *                     createdAt, updatedAt, expiresAt|null, valueDigest, metadata|null]
 *   export key AAD   ["export1", exportId, keyVersion]
 *
 * The first and third equal the Convex component's (convex-secret-store), byte for byte.
 *
 * An envelope holds cipher contexts and scratch memory: one thread at a time. It borrows the
 * suite and the keyring. Its contexts keep the schedule of the last DEK until the next use
 * or envelope_free, which clears all. */
#ifndef CRYPTO_ENVELOPE_H
#define CRYPTO_ENVELOPE_H

#include "base/buffer.h"
#include "crypto/keyring.h"

enum {
  DEK_BYTES = GCM_KEY_BYTES,
  WRAPPED_KEY_BYTES = DEK_BYTES + GCM_TAG_BYTES,
  STORE_ID_BYTES = 16,
  STORE_ID_TEXT_CAPACITY = 2 * STORE_ID_BYTES + 1,
};

/* A data encryption key. Wipe with dek_clear. */
typedef struct dek {
  unsigned char bytes[DEK_BYTES];
} dek;

void dek_clear(dek *key);

/* Everything that a row's wrapped DEK authenticates. */
typedef struct dek_binding {
  text_view store_id; /* hexadecimal */
  text_view namespace_name;
  text_view name;
  int64_t key_version;
  int64_t secret_id;
  int64_t revision;
  int64_t created_at;
  int64_t updated_at;
  int64_t expires_at;     /* or SS_NO_EXPIRY */
  byte_view value_digest; /* of IV and sealed value */
  text_view metadata;     /* the stored JSON text, or absent */
} dek_binding;

typedef struct wrapped_key {
  unsigned char iv[GCM_IV_BYTES];
  unsigned char bytes[WRAPPED_KEY_BYTES];
} wrapped_key;

typedef struct envelope envelope;

ss_status envelope_new(const crypto_suite *suite, const keyring *ring, envelope **created,
                       ss_error *error) MUST_CHECK;
void envelope_free(envelope *self);

/* AADs, for tests and documentation; they append to output. */
void envelope_append_value_aad(byte_buffer *output, text_view namespace_name, text_view name);
void envelope_append_dek_aad(byte_buffer *output, const dek_binding *binding);
void envelope_append_component_dek_aad(byte_buffer *output, text_view namespace_name,
                                       text_view name, int64_t key_version);
void envelope_append_portable_dek_aad(byte_buffer *output, const dek_binding *binding);

/* Seals value under key: writes value.length + GCM_TAG_BYTES bytes to sealed. The (key, iv) pair
 * must be fresh. */
ss_status envelope_seal_value(envelope *self, const dek *key, const unsigned char iv[GCM_IV_BYTES],
                              text_view namespace_name, text_view name, byte_view value,
                              unsigned char *sealed, ss_error *error) MUST_CHECK;

/* Writes sealed.length - GCM_TAG_BYTES bytes to value, or wipes it and fails with
 * SS_DECRYPTION_FAILED. iv may have any length (it comes from storage); only 12 bytes open. */
ss_status envelope_open_value(envelope *self, const dek *key, byte_view iv,
                              text_view namespace_name, text_view name, byte_view sealed,
                              unsigned char *value, ss_error *error) MUST_CHECK;

/* Wraps under the KEK that binding names; wrapped->iv is given, and must be fresh. Fails with
 * SS_KEY_VERSION_UNAVAILABLE if that key is not configured. */
ss_status envelope_wrap_dek(envelope *self, const dek_binding *binding, const dek *key,
                            wrapped_key *wrapped, ss_error *error) MUST_CHECK;

/* SS_KEY_VERSION_UNAVAILABLE if the key is not configured, SS_DECRYPTION_FAILED if the row does
 * not authenticate. */
ss_status envelope_unwrap_dek(envelope *self, const dek_binding *binding, byte_view iv,
                              byte_view wrapped, dek *key, ss_error *error) MUST_CHECK;

/* The same for a row of the Convex component, whose DEK authenticates less. */
ss_status envelope_unwrap_component_dek(envelope *self, text_view namespace_name, text_view name,
                                        int64_t key_version, byte_view iv, byte_view wrapped,
                                        dek *key, ss_error *error) MUST_CHECK;

ss_status envelope_wrap_component_dek(envelope *self, text_view namespace_name, text_view name,
                                      int64_t key_version, const dek *key, wrapped_key *wrapped,
                                      ss_error *error) MUST_CHECK;

/* The same for a row of a portable export. binding's store_id is the export's id, its secret_id
 * does not matter. */
ss_status envelope_wrap_portable_dek(envelope *self, const dek_binding *binding, const dek *key,
                                     wrapped_key *wrapped, ss_error *error) MUST_CHECK;
ss_status envelope_unwrap_portable_dek(envelope *self, const dek_binding *binding, byte_view iv,
                                       byte_view wrapped, dek *key, ss_error *error) MUST_CHECK;

/* The key whose MAC closes a portable export. */
ss_status envelope_wrap_export_key(envelope *self, text_view export_id, int64_t key_version,
                                   const dek *key, wrapped_key *wrapped,
                                   ss_error *error) MUST_CHECK;
ss_status envelope_unwrap_export_key(envelope *self, text_view export_id, int64_t key_version,
                                     byte_view iv, byte_view wrapped, dek *key,
                                     ss_error *error) MUST_CHECK;

/* SHA-256(iv || sealed value): what the value is, whoever knows its DEK. */
ss_status envelope_digest_value(const crypto_suite *suite, byte_view iv, byte_view sealed,
                                unsigned char digest[SHA256_BYTES], ss_error *error) MUST_CHECK;

/* Wraps and unwraps an epoch's key. */
ss_status envelope_wrap_epoch_key(envelope *self, text_view store_id, int64_t epoch,
                                  int64_t key_version, const dek *key, wrapped_key *wrapped,
                                  ss_error *error) MUST_CHECK;
ss_status envelope_unwrap_epoch_key(envelope *self, text_view store_id, int64_t epoch,
                                    int64_t key_version, byte_view iv, byte_view wrapped, dek *key,
                                    ss_error *error) MUST_CHECK;

#endif
