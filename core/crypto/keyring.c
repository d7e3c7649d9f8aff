/* Parsing and holding KEKs. */
#include "crypto/keyring.h"

#include <string.h>

#include "base/base64.h"
#include "base/memory.h"
#include "base/status.h"
#include "crypto/mac.h"

/* What fits into a page: few rings hold more, and no less could be locked. */
enum { FIRST_CAPACITY = 100 };

static const char key_check_label[] = "secretstore key check 1";

static size_t bytes_of(size_t entries) { return entries * sizeof(keyring_entry); }

void keyring_clear(keyring *ring) {
  memory_free_locked(ring->entries, bytes_of(ring->capacity));
  *ring = (keyring){0};
}

const keyring_entry *keyring_find(const keyring *ring, int64_t version) {
  for (size_t i = 0; i < ring->count; i++) {
    if (ring->entries[i].version == version) return &ring->entries[i];
  }
  return NULL;
}

const keyring_entry *keyring_active(const keyring *ring) { return &ring->entries[0]; }

static ss_status keyring_reserve_one(keyring *ring, ss_error *error) {
  if (ring->count < ring->capacity) return SS_OK;
  const size_t capacity = ring->capacity == 0 ? FIRST_CAPACITY : 2 * ring->capacity;
  keyring_entry *entries = memory_new_locked(bytes_of(capacity));
  if (entries == NULL) return error_out_of_memory(error);
  if (ring->count > 0) memcpy(entries, ring->entries, bytes_of(ring->count));
  memory_free_locked(ring->entries, bytes_of(ring->capacity));
  ring->entries = entries;
  ring->capacity = capacity;
  return SS_OK;
}

static ss_status keyring_add_bytes(keyring *ring, int64_t version,
                                   const unsigned char key[GCM_KEY_BYTES], ss_error *error) {
  GUARD(keyring_reserve_one(ring, error));
  keyring_entry *added = &ring->entries[ring->count++];
  added->version = version;
  memcpy(added->key, key, GCM_KEY_BYTES);
  return SS_OK;
}

static bool is_white_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static text_view trimmed(text_view text) {
  while (text.length > 0 && is_white_space(text.data[0])) text.data++, text.length--;
  while (text.length > 0 && is_white_space(text.data[text.length - 1])) text.length--;
  return text;
}

ss_status keyring_add_text(keyring *ring, int64_t version, text_view key, ss_error *error) {
  if (version < 0 || version > SS_MAX_INTEGER) {
    return error_set(error, SS_INVALID_OPTIONS,
                     "key version: expected an integer from 0 to 2^53-1, got %lld",
                     (long long)version);
  }
  if (keyring_find(ring, version) != NULL) {
    return error_set(error, SS_INVALID_OPTIONS,
                     "key version %lld: expected each version once, got it twice",
                     (long long)version);
  }
  if (ring->count == KEYRING_MAX_KEYS) {
    return error_set(error, SS_INVALID_OPTIONS, "keys: expected at most %d, got more",
                     KEYRING_MAX_KEYS);
  }
  if (key.data == NULL) {
    return error_set(error, SS_INVALID_OPTIONS, "key version %lld: expected base64 text, got none",
                     (long long)version);
  }
  byte_buffer decoded ON_SCOPE_EXIT(buffer_clear) = {0};
  if (!base64_decode(BASE64_STANDARD, trimmed(key), &decoded)) {
    GUARD(buffer_status(&decoded, error));
    return error_set(error, SS_INVALID_OPTIONS,
                     "key version %lld: expected standard base64 with padding, as `openssl rand "
                     "-base64 32` prints it, got something else",
                     (long long)version);
  }
  if (decoded.length != GCM_KEY_BYTES) {
    return error_set(error, SS_INVALID_OPTIONS,
                     "key version %lld: expected base64 of exactly %d bytes, got %zu bytes",
                     (long long)version, GCM_KEY_BYTES, decoded.length);
  }
  return keyring_add_bytes(ring, version, decoded.data, error);
}

ss_status keyring_copy(keyring *copy, const keyring *original, ss_error *error) {
  *copy = (keyring){0};
  for (size_t i = 0; i < original->count; i++) {
    const keyring_entry *entry = &original->entries[i];
    const ss_status status = keyring_add_bytes(copy, entry->version, entry->key, error);
    if (status == SS_OK) continue;
    keyring_clear(copy);
    return status;
  }
  return SS_OK;
}

ss_status keyring_check_value(const crypto_suite *suite, const keyring_entry *entry,
                              unsigned char check[KEY_CHECK_BYTES], ss_error *error) {
  mac_context mac ON_SCOPE_EXIT(mac_clear) = {0};
  GUARD(mac_init(&mac, suite, entry->key, error));
  const byte_view label = {(const unsigned char *)key_check_label, sizeof key_check_label - 1};
  return mac_compute(&mac, (byte_view){0}, label, check, error);
}

/* ---- Public: a fresh key ------------------------------------------------------------------- */

ss_status ss_generate_key(char key[SS_KEY_TEXT_CAPACITY], ss_error *error) {
  error_clear(error);
  if (key == NULL) return error_set(error, SS_INVALID_ARGUMENT, "key: expected a buffer, got none");
  memset(key, 0, SS_KEY_TEXT_CAPACITY);
  unsigned char bytes[GCM_KEY_BYTES];
  byte_buffer text ON_SCOPE_EXIT(buffer_clear) = {0};
  ss_status status = random_private(bytes, sizeof bytes, error);
  if (status == SS_OK) {
    base64_encode(BASE64_STANDARD, bytes, sizeof bytes, &text);
    status = buffer_status(&text, error);
  }
  if (status == SS_OK) memcpy(key, text.data, text.length);
  memory_wipe(bytes, sizeof bytes);
  return status;
}
