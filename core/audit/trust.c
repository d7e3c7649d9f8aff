/* Opening a root, and holding what it gives. */
#include "audit/trust.h"

#include <string.h>

#include "base/hex.h"
#include "base/memory.h"
#include "base/status.h"

/* ---- The keyring ----------------------------------------------------------------------------- */

ss_status shared_keyring_new(const keyring *original, shared_keyring **created, ss_error *error) {
  *created = NULL;
  shared_keyring *made = memory_new(sizeof *made);
  if (made == NULL) return error_out_of_memory(error);
  atomic_init(&made->holders, 1);
  const ss_status status = keyring_copy(&made->keys, original, error);
  if (status != SS_OK) {
    memory_free(made);
    return status;
  }
  *created = made;
  return SS_OK;
}

shared_keyring *shared_keyring_retain(shared_keyring *self) {
  atomic_fetch_add(&self->holders, 1);
  return self;
}

void shared_keyring_release(shared_keyring *self) {
  if (self == NULL || atomic_fetch_sub(&self->holders, 1) > 1) return;
  keyring_clear(&self->keys);
  memory_free(self);
}

/* ---- Holding --------------------------------------------------------------------------------- */

/* NULL when out of memory. */
static trust *new_trust(shared_keyring *ring) {
  trust *made = memory_new(sizeof *made);
  if (made == NULL) return NULL;
  atomic_init(&made->holders, 1);
  made->ring = shared_keyring_retain(ring);
  return made;
}

trust *trust_retain(trust *self) {
  atomic_fetch_add(&self->holders, 1);
  return self;
}

static void free_epochs(trust *self) {
  if (self->epochs == NULL) return;
  memory_free_locked(self->epochs, self->epoch_capacity * sizeof *self->epochs);
  self->epochs = NULL;
}

void trust_release(trust *self) {
  if (self == NULL || atomic_fetch_sub(&self->holders, 1) > 1) return;
  free_epochs(self);
  root_clear(&self->root);
  buffer_clear(&self->text);
  shared_keyring_release(self->ring);
  memory_free(self);
}

/* Room for that many opened epochs; those that there are stay. */
static ss_status reserve_epochs(trust *self, size_t count, ss_error *error) {
  if (count <= self->epoch_capacity) return SS_OK;
  opened_epoch *grown = memory_new_locked(count * sizeof *grown);
  if (grown == NULL) return error_out_of_memory(error);
  if (self->epochs != NULL) memcpy(grown, self->epochs, self->epoch_capacity * sizeof *grown);
  free_epochs(self);
  self->epochs = grown;
  self->epoch_capacity = count;
  return SS_OK;
}

static text_view store_id_of(const trust *self) { return text_view_of(self->root.store_id); }

/* ---- Opening --------------------------------------------------------------------------------- */

static ss_status is_forged(const char *what, ss_error *error) {
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   "the store's root %s: the file was changed, or put back in part; restore a "
                   "backup, or run verify",
                   what);
}

static ss_status check_known_key(const trust *self, const trust_tools *tools,
                                 const keyring_entry *entry, ss_error *error) {
  const root_kek *kek = root_find_kek(&self->root, entry->version);
  unsigned char check[KEY_CHECK_BYTES];
  if (kek == NULL) return SS_OK;
  GUARD(keyring_check_value(tools->suite, entry, check, error));
  if (mac_equals(check, kek->check, sizeof check)) return SS_OK;
  return error_set(error, SS_KEY_MISMATCH,
                   "key version %lld: the configured key is not the one that this store knows by "
                   "that version",
                   (long long)entry->version);
}

static ss_status nobody_is_admitted(const trust *self, ss_error *error) {
  int64_t newest = 0;
  for (size_t i = 0; i < self->root.kek_count; i++) {
    const root_kek *kek = &self->root.keks[i];
    if (kek->state == KEK_ADMITTED) newest = kek->version;
  }
  return error_set(error, SS_KEY_VERSION_UNAVAILABLE,
                   "none of the configured keys is admitted in this store: it is opened with key "
                   "version %lld, or another one of its own",
                   (long long)newest);
}

/* Every configured key that is admitted must open every epoch, and all of them the same key. */
static ss_status open_wrap(trust *self, const trust_tools *tools, size_t index, int64_t version,
                           ss_error *error) {
  const root_epoch *epoch = &self->root.epochs[index];
  const root_wrap *wrap = root_find_wrap(epoch, version);
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  unsigned char check[MAC_BYTES];
  const int64_t number = (int64_t)index + 1;
  if (wrap == NULL) return is_forged("lacks a wrap of an epoch key", error);
  const byte_view iv = {wrap->wrapped.iv, sizeof wrap->wrapped.iv};
  const byte_view wrapped = {wrap->wrapped.bytes, sizeof wrap->wrapped.bytes};
  const ss_status status = envelope_unwrap_epoch_key(tools->envelope, store_id_of(self), number,
                                                     version, iv, wrapped, &key, error);
  if (status == SS_DECRYPTION_FAILED) {
    return is_forged("names a wrap of an epoch key that does not open", error);
  }
  GUARD(status);
  GUARD(epoch_key_check(tools->suite, &key, store_id_of(self), number, check, error));
  if (!mac_equals(check, epoch->check, sizeof check)) {
    return is_forged("names another epoch key than the one that it wraps", error);
  }
  self->epochs[index].key = key;
  return SS_OK;
}

static ss_status open_with(trust *self, const trust_tools *tools, int64_t version,
                           ss_error *error) {
  for (size_t i = 0; i < self->root.epoch_count; i++) {
    GUARD(open_wrap(self, tools, i, version, error));
  }
  return SS_OK;
}

static ss_status open_epochs(trust *self, const trust_tools *tools, ss_error *error) {
  const keyring *ring = &tools->ring->keys;
  bool is_open = false;
  GUARD(reserve_epochs(self, self->root.epoch_count, error));
  for (size_t i = 0; i < ring->count; i++) {
    const int64_t version = ring->entries[i].version;
    GUARD(check_known_key(self, tools, &ring->entries[i], error));
    if (!trust_admits(self, version)) continue;
    GUARD(open_with(self, tools, version, error));
    is_open = true;
  }
  if (!is_open) return nobody_is_admitted(self, error);
  for (size_t i = 0; i < self->root.epoch_count; i++) {
    GUARD(epoch_keys_derive(&self->epochs[i].derived, tools->suite, &self->epochs[i].key, error));
  }
  return SS_OK;
}

static ss_status compute_mac(const trust *self, const crypto_suite *suite,
                             unsigned char mac[MAC_BYTES], ss_error *error) {
  mac_context context ON_SCOPE_EXIT(mac_clear) = {0};
  const epoch_keys *keys = trust_epoch(self, trust_newest_epoch(self));
  if (keys == NULL) return error_set(error, SS_INTERNAL, "a root without an epoch");
  GUARD(mac_init(&context, suite, keys->root, error));
  return mac_compute(&context, (byte_view){0}, buffer_view(&self->text), mac, error);
}

static ss_status open_in(trust *self, const trust_tools *tools, const stored_root *stored,
                         ss_error *error) {
  unsigned char mac[MAC_BYTES];
  GUARD(root_parse(stored->text, &self->root, error));
  buffer_append(&self->text, stored->text.data, stored->text.length);
  GUARD(buffer_status(&self->text, error));
  memcpy(self->mac, stored->mac, sizeof self->mac);
  GUARD(open_epochs(self, tools, error));
  GUARD(compute_mac(self, tools->suite, mac, error));
  const bool authentic = mac_equals(mac, stored->mac, sizeof mac);
  if (!authentic) return is_forged("does not authenticate", error);
  return stored->sequence == self->root.sequence
             ? SS_OK
             : is_forged("is not the one that its row says", error);
}

ss_status trust_open(const trust_tools *tools, const stored_root *stored, trust **opened,
                     ss_error *error) {
  *opened = NULL;
  trust *made = new_trust(tools->ring);
  if (made == NULL) return error_out_of_memory(error);
  const ss_status status = open_in(made, tools, stored, error);
  if (status != SS_OK) {
    trust_release(made);
    return status;
  }
  *opened = made;
  return SS_OK;
}

/* ---- Asking ---------------------------------------------------------------------------------- */

const epoch_keys *trust_epoch(const trust *self, int64_t epoch) {
  const bool is_named = epoch >= 1 && epoch <= trust_newest_epoch(self);
  return is_named ? &self->epochs[epoch - 1].derived : NULL;
}

bool trust_admits(const trust *self, int64_t key_version) {
  const root_kek *kek = root_find_kek(&self->root, key_version);
  return kek != NULL && kek->state == KEK_ADMITTED;
}

bool trust_opens(const trust *self, int64_t key_version) {
  const root_kek *kek = root_find_kek(&self->root, key_version);
  return kek != NULL && kek->state != KEK_RETIRED;
}

const keyring_entry *trust_unknown_key(const trust *self) {
  const keyring *ring = &self->ring->keys;
  for (size_t i = 0; i < ring->count; i++) {
    if (root_find_kek(&self->root, ring->entries[i].version) == NULL) return &ring->entries[i];
  }
  return NULL;
}

/* ---- Making the next root -------------------------------------------------------------------- */

static ss_status copy_into(trust *copy, const trust *self, ss_error *error) {
  const text_view text = {(const char *)self->text.data, self->text.length};
  GUARD(root_parse(text, &copy->root, error));
  GUARD(reserve_epochs(copy, self->root.epoch_count, error));
  for (size_t i = 0; i < self->root.epoch_count; i++) copy->epochs[i] = self->epochs[i];
  return SS_OK;
}

ss_status trust_copy(const trust *self, trust **copy, ss_error *error) {
  *copy = NULL;
  trust *made = new_trust(self->ring);
  if (made == NULL) return error_out_of_memory(error);
  const ss_status status = copy_into(made, self, error);
  if (status != SS_OK) {
    trust_release(made);
    return status;
  }
  *copy = made;
  return SS_OK;
}

ss_status trust_new(const trust_tools *tools, int64_t now, trust **created, ss_error *error) {
  unsigned char id[STORE_ID_BYTES];
  *created = NULL;
  GUARD(random_public(id, sizeof id, error));
  trust *made = new_trust(tools->ring);
  if (made == NULL) return error_out_of_memory(error);
  hex_encode(id, sizeof id, made->root.store_id);
  made->root.created_at = now;
  made->root.incarnation = 1;
  made->root.min_epoch = 1;
  made->root.settings.events_min_retention_ms = ROOT_DEFAULT_EVENTS_MIN_RETENTION_MS;
  *created = made;
  return SS_OK;
}

static ss_status wrap_epoch(trust *self, const trust_tools *tools, size_t index, int64_t version,
                            ss_error *error) {
  root_wrap *wrap = root_add_wrap(&self->root.epochs[index], version);
  if (wrap == NULL) return error_out_of_memory(error);
  GUARD(random_public(wrap->wrapped.iv, sizeof wrap->wrapped.iv, error));
  return envelope_wrap_epoch_key(tools->envelope, store_id_of(self), (int64_t)index + 1, version,
                                 &self->epochs[index].key, &wrap->wrapped, error);
}

ss_status trust_admit(trust *self, const trust_tools *tools, const keyring_entry *entry,
                      int64_t now, ss_error *error) {
  root_kek *kek = root_add_kek(&self->root, entry->version);
  if (kek == NULL) return error_out_of_memory(error);
  kek->first_seen_at = now;
  GUARD(keyring_check_value(tools->suite, entry, kek->check, error));
  for (size_t i = 0; i < self->root.epoch_count; i++) {
    GUARD(wrap_epoch(self, tools, i, entry->version, error));
  }
  return SS_OK;
}

static ss_status check_has_all(const trust *self, ss_error *error) {
  for (size_t i = 0; i < self->root.kek_count; i++) {
    const root_kek *kek = &self->root.keks[i];
    if (kek->state != KEK_ADMITTED || keyring_find(&self->ring->keys, kek->version) != NULL)
      continue;
    return error_set(error, SS_KEY_VERSION_UNAVAILABLE,
                     "key version %lld is admitted in this store and is not among the configured "
                     "keys: whoever begins an epoch needs all keys that stay in force",
                     (long long)kek->version);
  }
  return SS_OK;
}

static ss_status wrap_under_all(trust *self, const trust_tools *tools, size_t index,
                                ss_error *error) {
  for (size_t i = 0; i < self->root.kek_count; i++) {
    const root_kek *kek = &self->root.keks[i];
    if (kek->state != KEK_ADMITTED) continue;
    GUARD(wrap_epoch(self, tools, index, kek->version, error));
  }
  return SS_OK;
}

ss_status trust_begin_epoch(trust *self, const trust_tools *tools, int64_t now, ss_error *error) {
  const size_t index = self->root.epoch_count;
  if (index == ROOT_MAX_EPOCHS) {
    return error_set(error, SS_UNSUPPORTED, "a store has at most %d epochs", ROOT_MAX_EPOCHS);
  }
  GUARD(check_has_all(self, error));
  GUARD(reserve_epochs(self, index + 1, error));
  root_epoch *epoch = root_add_epoch(&self->root);
  if (epoch == NULL) return error_out_of_memory(error);
  opened_epoch *opened = &self->epochs[index];
  epoch->started_at = now;
  GUARD(random_private(opened->key.bytes, sizeof opened->key.bytes, error));
  GUARD(epoch_keys_derive(&opened->derived, tools->suite, &opened->key, error));
  GUARD(epoch_key_check(tools->suite, &opened->key, store_id_of(self), (int64_t)index + 1,
                        epoch->check, error));
  return wrap_under_all(self, tools, index, error);
}

ss_status trust_seal(trust *self, const crypto_suite *suite, ss_error *error) {
  self->root.sequence++;
  buffer_reset(&self->text);
  root_append_text(&self->text, &self->root);
  GUARD(buffer_status(&self->text, error));
  return compute_mac(self, suite, self->mac, error);
}
