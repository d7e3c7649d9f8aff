/* rotation_status: what the store and the configuration know of each key version. */
#include "base/arena.h"
#include "base/status.h"
#include "engine/store/store.h"

typedef struct gathering {
  ss_store *store;
  ss_rotation_status *status;
  size_t capacity;
  size_t missing_wraps; /* of audit keys, under the active key, as committed */
} gathering;

/* ---- Gathering ----------------------------------------------------------------------------- */

static ss_key_info *find_key(ss_rotation_status *status, int64_t version) {
  for (size_t i = 0; i < status->count; i++) {
    if (status->keys[i].version == version) return &status->keys[i];
  }
  return NULL;
}

/* The entry of that version, made if need be; NULL when out of memory. */
static ss_key_info *key_entry(gathering *into, int64_t version) {
  ss_rotation_status *status = into->status;
  ss_key_info *known = find_key(status, version);
  if (known != NULL) return known;
  if (status->count == into->capacity) {
    const size_t capacity = into->capacity == 0 ? 16 : 2 * into->capacity;
    ss_key_info *grown = arena_allocate(status->memory, capacity * sizeof *grown);
    if (grown == NULL) return NULL;
    if (status->count > 0) memcpy(grown, status->keys, status->count * sizeof *grown);
    status->keys = grown;
    into->capacity = capacity;
  }
  ss_key_info *added = &status->keys[status->count++];
  *added = (ss_key_info){.version = version, .first_seen_at = SS_NO_EXPIRY};
  return added;
}

static ss_status add_recorded(void *context, const kek_record *kek, ss_error *error) {
  ss_key_info *entry = key_entry(context, kek->version);
  if (entry == NULL) return error_out_of_memory(error);
  entry->wraps_used = kek->wraps_reserved;
  entry->first_seen_at = kek->first_seen_at;
  return SS_OK;
}

static ss_status add_count(void *context, int64_t key_version, int64_t secret_count,
                           ss_error *error) {
  ss_key_info *entry = key_entry(context, key_version);
  if (entry == NULL) return error_out_of_memory(error);
  entry->secret_count = secret_count;
  return SS_OK;
}

static ss_status add_configured(gathering *into, ss_error *error) {
  const keyring *ring = &into->store->keyring;
  for (size_t i = 0; i < ring->count; i++) {
    ss_key_info *entry = key_entry(into, ring->entries[i].version);
    if (entry == NULL) return error_out_of_memory(error);
    entry->is_configured = true;
    entry->is_active = &ring->entries[i] == keyring_active(ring);
  }
  return SS_OK;
}

/* Not the store's own list: another thread may be recording wraps, and may yet roll back. */
static ss_status count_missing_wraps(gathering *into, storage_session *session, scratch *with,
                                     ss_error *error) {
  const ss_store *store = into->store;
  audit_epochs committed ON_SCOPE_EXIT(audit_epochs_clear);
  audit_epochs_init(&committed);
  GUARD(audit_epochs_load(&committed, session, with->envelope, &store->keyring, store->store_id,
                          error));
  into->missing_wraps = audit_epochs_missing_wraps(&committed);
  return SS_OK;
}

/* In a snapshot: what is counted apart must add up. */
static ss_status gather(gathering *into, storage_session *session, scratch *with, ss_error *error) {
  GUARD(storage_visit_keks(session, add_recorded, into, error));
  GUARD(storage_count_secrets_by_key(session, add_count, into, error));
  GUARD(count_missing_wraps(into, session, with, error));
  return add_configured(into, error);
}

/* ---- Concluding ---------------------------------------------------------------------------- */

/* By insertion: there are few keys. */
static void sort_keys(ss_rotation_status *status) {
  for (size_t i = 1; i < status->count; i++) {
    const ss_key_info moved = status->keys[i];
    size_t place = i;
    for (; place > 0 && status->keys[place - 1].version > moved.version; place--) {
      status->keys[place] = status->keys[place - 1];
    }
    status->keys[place] = moved;
  }
}

static void conclude(gathering *into) {
  ss_rotation_status *status = into->status;
  /* The first write wraps every audit key that can be opened under the active key too. */
  const bool audit_keys_are_safe = into->missing_wraps == 0;
  status->is_complete = true;
  for (size_t i = 0; i < status->count; i++) {
    ss_key_info *key = &status->keys[i];
    key->is_safe_to_remove =
        key->is_configured && !key->is_active && key->secret_count == 0 && audit_keys_are_safe;
    if (!key->is_active && key->secret_count > 0) status->is_complete = false;
    if (!key->is_configured) status->unavailable_count += key->secret_count;
  }
  sort_keys(status);
}

static ss_status read_status_in(store_call *call, ss_rotation_status *status) {
  gathering into = {.store = call->store, .status = status};
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  scratch *with = NULL;
  status->memory = arena_new();
  if (status->memory == NULL) return error_out_of_memory(call->error);
  GUARD(store_call_scratch(call, &with));
  GUARD(storage_begin_snapshot(call->store->storage, &session, call->error));
  GUARD(gather(&into, session, with, call->error));
  conclude(&into);
  return SS_OK;
}

ss_status ss_get_rotation_status(ss_store *store, ss_rotation_status *status, ss_error *error) {
  if (status == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "status: expected a place for it, got none");
  }
  *status = (ss_rotation_status){0};
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_ROTATION_STATUS, &call, error));
  const ss_status outcome = read_status_in(&call, status);
  if (outcome != SS_OK) ss_rotation_status_clear(status);
  return store_leave(&call, outcome);
}

void ss_rotation_status_clear(ss_rotation_status *status) {
  if (status == NULL) return;
  arena_free(status->memory);
  *status = (ss_rotation_status){0};
}
