/* Loading, opening and making audit keys. */
#include "audit/epochs.h"

#include <string.h>

#include "base/memory.h"
#include "base/status.h"

void audit_epochs_init(audit_epochs *epochs) {
  *epochs = (audit_epochs){0};
  (void)pthread_mutex_init(&epochs->lock, NULL);
}

static void forget_all(audit_epochs *epochs) {
  for (size_t i = 0; i < epochs->count; i++) memory_free_locked(epochs->items[i].key, sizeof(dek));
  epochs->count = 0;
}

void audit_epochs_clear(audit_epochs *epochs) {
  forget_all(epochs);
  memory_free(epochs->items);
  epochs->items = NULL;
  epochs->capacity = 0;
  (void)pthread_mutex_destroy(&epochs->lock);
}

/* ---- Loading ------------------------------------------------------------------------------- */

typedef struct load_context {
  audit_epochs *epochs;
  envelope *envelope;
  const keyring *ring;
  text_view store_id;
} load_context;

static ss_status append_epoch(audit_epochs *epochs, int64_t epoch, ss_error *error) {
  if (epochs->count == epochs->capacity) {
    const size_t capacity = epochs->capacity == 0 ? 4 : 2 * epochs->capacity;
    audit_epoch *items = memory_new(capacity * sizeof *items);
    if (items == NULL) return error_out_of_memory(error);
    if (epochs->count > 0) memcpy(items, epochs->items, epochs->count * sizeof *items);
    memory_free(epochs->items);
    epochs->items = items;
    epochs->capacity = capacity;
  }
  epochs->items[epochs->count++] = (audit_epoch){.epoch = epoch};
  return SS_OK;
}

/* Keeps the key in locked memory. */
static ss_status keep_key(audit_epoch *item, const dek *key, ss_error *error) {
  item->key = memory_new_locked(sizeof *key);
  if (item->key == NULL) return error_out_of_memory(error);
  *item->key = *key;
  return SS_OK;
}

static ss_status visit_wrap(void *context, const audit_key_record *record, ss_error *error) {
  load_context *load = context;
  audit_epochs *epochs = load->epochs;
  const bool is_new_epoch =
      epochs->count == 0 || epochs->items[epochs->count - 1].epoch != record->epoch;
  if (is_new_epoch) GUARD(append_epoch(epochs, record->epoch, error));
  audit_epoch *item = &epochs->items[epochs->count - 1];

  if (keyring_find(load->ring, record->key_version) == NULL) return SS_OK;
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  const byte_view iv = {record->iv, sizeof record->iv};
  const byte_view wrapped = {record->wrapped, sizeof record->wrapped};
  const ss_status status = envelope_unwrap_audit_key(load->envelope, load->store_id, record->epoch,
                                                     record->key_version, iv, wrapped, &key, error);
  /* A damaged wrap is as good as none: another may open, or a new epoch begins. */
  if (status == SS_DECRYPTION_FAILED) return SS_OK;
  GUARD(status);
  if (record->key_version == keyring_active(load->ring)->version) item->wrapped_by_active = true;
  return item->key == NULL ? keep_key(item, &key, error) : SS_OK;
}

static int64_t newest_epoch(const audit_epochs *epochs) {
  return epochs->count == 0 ? 0 : epochs->items[epochs->count - 1].epoch;
}

/* The two lists change places; the locks stay. */
static void exchange_lists(audit_epochs *a, audit_epochs *b) {
  const audit_epochs kept = *a;
  a->items = b->items, a->count = b->count, a->capacity = b->capacity;
  b->items = kept.items, b->count = kept.count, b->capacity = kept.capacity;
}

/* Aside first, so that a failure leaves what was known. A snapshot may be older than an epoch that
 * this process has begun since. */
ss_status audit_epochs_load(audit_epochs *epochs, storage_session *session, envelope *sealer,
                            const keyring *ring, text_view store_id, ss_error *error) {
  audit_epochs loaded = {0};
  load_context context = {&loaded, sealer, ring, store_id};
  const ss_status status = storage_visit_audit_keys(session, visit_wrap, &context, error);
  if (status == SS_OK) {
    (void)pthread_mutex_lock(&epochs->lock);
    if (newest_epoch(&loaded) >= newest_epoch(epochs)) exchange_lists(epochs, &loaded);
    (void)pthread_mutex_unlock(&epochs->lock);
  }
  forget_all(&loaded);
  memory_free(loaded.items);
  return status;
}

void audit_epochs_forget(audit_epochs *epochs, int64_t epoch) {
  (void)pthread_mutex_lock(&epochs->lock);
  if (newest_epoch(epochs) == epoch) {
    epochs->count--;
    memory_free_locked(epochs->items[epochs->count].key, sizeof(dek));
  }
  (void)pthread_mutex_unlock(&epochs->lock);
}

/* ---- Asking -------------------------------------------------------------------------------- */

int64_t audit_epochs_current(audit_epochs *epochs) {
  (void)pthread_mutex_lock(&epochs->lock);
  const audit_epoch *newest = epochs->count == 0 ? NULL : &epochs->items[epochs->count - 1];
  const int64_t current = newest != NULL && newest->key != NULL ? newest->epoch : 0;
  (void)pthread_mutex_unlock(&epochs->lock);
  return current;
}

/* The lock is held. */
static audit_key_state key_of(const audit_epochs *epochs, int64_t epoch, dek *key) {
  for (size_t i = 0; i < epochs->count; i++) {
    const audit_epoch *item = &epochs->items[i];
    if (item->epoch != epoch) continue;
    if (item->key == NULL) return AUDIT_KEY_SEALED;
    *key = *item->key;
    return AUDIT_KEY_OPEN;
  }
  return AUDIT_KEY_UNKNOWN;
}

audit_key_state audit_epochs_key(audit_epochs *epochs, int64_t epoch, dek *key) {
  (void)pthread_mutex_lock(&epochs->lock);
  const audit_key_state state = key_of(epochs, epoch, key);
  (void)pthread_mutex_unlock(&epochs->lock);
  return state;
}

static bool needs_wrap(const audit_epoch *item) {
  return item->key != NULL && !item->wrapped_by_active;
}

size_t audit_epochs_missing_wraps(audit_epochs *epochs) {
  size_t missing = 0;
  (void)pthread_mutex_lock(&epochs->lock);
  for (size_t i = 0; i < epochs->count; i++) missing += needs_wrap(&epochs->items[i]);
  (void)pthread_mutex_unlock(&epochs->lock);
  return missing;
}

/* ---- Making -------------------------------------------------------------------------------- */

static ss_status store_wrap(storage_session *session, envelope *sealer, int64_t key_version,
                            text_view store_id, int64_t epoch, const dek *key, int64_t now,
                            ss_error *error) {
  wrapped_key wrapped = {0};
  GUARD(random_public(wrapped.iv, sizeof wrapped.iv, error));
  GUARD(envelope_wrap_audit_key(sealer, store_id, epoch, key_version, key, &wrapped, error));
  audit_key_record record = {.epoch = epoch, .key_version = key_version, .created_at = now};
  memcpy(record.iv, wrapped.iv, sizeof record.iv);
  memcpy(record.wrapped, wrapped.bytes, sizeof record.wrapped);
  return storage_insert_audit_key(session, &record, error);
}

ss_status audit_epochs_add_wraps(audit_epochs *epochs, storage_session *session, envelope *sealer,
                                 const keyring *ring, text_view store_id, int64_t now,
                                 ss_error *error) {
  const int64_t version = keyring_active(ring)->version;
  ss_status status = SS_OK;
  (void)pthread_mutex_lock(&epochs->lock);
  for (size_t i = 0; status == SS_OK && i < epochs->count; i++) {
    const audit_epoch *item = &epochs->items[i];
    if (!needs_wrap(item)) continue;
    status = store_wrap(session, sealer, version, store_id, item->epoch, item->key, now, error);
  }
  (void)pthread_mutex_unlock(&epochs->lock);
  return status;
}

ss_status audit_epochs_start(audit_epochs *epochs, storage_session *session, envelope *sealer,
                             const keyring *ring, text_view store_id, int64_t now,
                             ss_error *error) {
  (void)pthread_mutex_lock(&epochs->lock);
  const int64_t newest = newest_epoch(epochs);
  (void)pthread_mutex_unlock(&epochs->lock);
  if (newest >= SS_MAX_INTEGER) {
    return error_set(error, SS_STORAGE_CORRUPT, "an audit key names an epoch that is beyond all");
  }
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  GUARD(random_private(key.bytes, sizeof key.bytes, error));
  return store_wrap(session, sealer, keyring_active(ring)->version, store_id, newest + 1, &key, now,
                    error);
}
