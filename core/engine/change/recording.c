/* Looking for what a store knows of its keys, and recording what it does not know yet. */
#include "engine/change/recording.h"

#include "base/status.h"

/* ---- Reading ------------------------------------------------------------------------------- */

/* Whether the active key is among those that the store knows. */
typedef struct key_findings {
  const ss_store *store;
  bool active_found;
} key_findings;

static ss_status check_key(void *context, const kek_record *kek, ss_error *error) {
  key_findings *found = context;
  const keyring *ring = &found->store->keyring;
  const keyring_entry *entry = keyring_find(ring, kek->version);
  if (entry == NULL) return SS_OK;
  unsigned char expected[KEY_CHECK_BYTES];
  GUARD(keyring_check_value(&found->store->suite, entry, expected, error));
  if (!mac_equals(expected, kek->check, KEY_CHECK_BYTES)) {
    return error_set(error, SS_KEY_MISMATCH,
                     "key version %lld: the configured key is not the one that this store knows by "
                     "that version",
                     (long long)kek->version);
  }
  if (entry == keyring_active(ring)) found->active_found = true;
  return SS_OK;
}

static void remember_store_id(ss_store *store, const unsigned char id[STORE_ID_BYTES]) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < STORE_ID_BYTES; i++) {
    store->store_id_text[2 * i] = digits[id[i] >> 4];
    store->store_id_text[2 * i + 1] = digits[id[i] & 0x0f];
  }
  store->store_id = text_view_of(store->store_id_text);
}

static ss_status look_at_keys(ss_store *store, storage_session *session, scratch *with,
                              key_findings *found, ss_error *error) {
  *found = (key_findings){.store = store};
  GUARD(storage_visit_keks(session, check_key, found, error));
  return audit_epochs_load(&store->epochs, session, with->envelope, &store->keyring,
                           store->store_id, error);
}

ss_status recording_examine(ss_store *store, storage_session *session, scratch *with, bool *found,
                            ss_error *error) {
  store_record record = {0};
  key_findings keys;
  GUARD(storage_load_store(session, &record, found, error));
  if (!*found) return SS_OK;
  remember_store_id(store, record.store_id);
  GUARD(look_at_keys(store, session, with, &keys, error));
  atomic_store(&store->keys_are_recorded,
               keys.active_found && audit_epochs_missing_wraps(&store->epochs) == 0);
  return SS_OK;
}

/* ---- Recording ----------------------------------------------------------------------------- */

/* Its first wraps are counted as it is written. */
static ss_status insert_active_key(ss_store *store, storage_session *session, int64_t wraps,
                                   int64_t now, ss_error *error) {
  const keyring_entry *active = keyring_active(&store->keyring);
  kek_record kek = {.version = active->version, .wraps_reserved = wraps, .first_seen_at = now};
  GUARD(keyring_check_value(&store->suite, active, kek.check, error));
  return storage_insert_kek(session, &kek, error);
}

ss_status recording_found_store(ss_store *store, storage_session *session, scratch *with,
                                ss_error *error) {
  store_record record = {0};
  GUARD(storage_now(session, &record.created_at, error));
  GUARD(random_public(record.store_id, sizeof record.store_id, error));
  GUARD(storage_insert_store(session, &record, error));
  remember_store_id(store, record.store_id);
  GUARD(insert_active_key(store, session, 1, record.created_at, error));
  GUARD(audit_epochs_start(&store->epochs, session, with->envelope, &store->keyring,
                           store->store_id, record.created_at, error));
  return audit_epochs_load(&store->epochs, session, with->envelope, &store->keyring,
                           store->store_id, error);
}

static ss_status count_wraps(ss_store *store, storage_session *session, bool is_new, int64_t wraps,
                             int64_t now, ss_error *error) {
  if (is_new) return insert_active_key(store, session, wraps, now, error);
  const wrap_order order = {store->storage, session, keyring_active(&store->keyring)->version,
                            &store->log};
  return wrap_budget_take_all(&order, wraps, error);
}

/* The loaded epochs are not told of the new wraps: the transaction may yet be rolled back. */
ss_status recording_of_keys(ss_store *store, storage_session *session, scratch *with,
                            ss_error *error) {
  key_findings found;
  int64_t now = 0;
  GUARD(storage_lock_store(session, error));
  GUARD(look_at_keys(store, session, with, &found, error));
  const int64_t missing = (int64_t)audit_epochs_missing_wraps(&store->epochs);
  if (found.active_found && missing == 0) return SS_OK;
  GUARD(storage_now(session, &now, error));
  GUARD(count_wraps(store, session, !found.active_found, missing, now, error));
  return audit_epochs_add_wraps(&store->epochs, session, with->envelope, &store->keyring,
                                store->store_id, now, error);
}
