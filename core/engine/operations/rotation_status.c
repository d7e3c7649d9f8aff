/* rotation_status: what the store and the configuration know of each key version. */
#include "base/arena.h"
#include "base/status.h"
#include "engine/store/beliefs.h"

typedef struct gathering {
  ss_store *store;
  ss_rotation_status *status;
  size_t capacity;
  const trust *trust;
} gathering;

const char *ss_key_state_name(ss_key_state state) {
  switch (state) {
    case SS_KEY_UNKNOWN: return "unknown";
    case SS_KEY_ADMITTED: return "admitted";
    case SS_KEY_RETIRING: return "retiring";
    case SS_KEY_RETIRED: return "retired";
  }
  return "unknown";
}

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
  *added =
      (ss_key_info){.version = version, .state = SS_KEY_UNKNOWN, .first_seen_at = SS_NO_EXPIRY};
  return added;
}

static ss_status add_count_of_wraps(void *context, const kek_record *kek, ss_error *error) {
  ss_key_info *entry = key_entry(context, kek->version);
  if (entry == NULL) return error_out_of_memory(error);
  entry->wraps_used = kek->wraps_reserved;
  return SS_OK;
}

static ss_status add_admitted(gathering *into, ss_error *error) {
  const root_record *root = &into->trust->root;
  for (size_t i = 0; i < root->kek_count; i++) {
    ss_key_info *entry = key_entry(into, root->keks[i].version);
    if (entry == NULL) return error_out_of_memory(error);
    entry->first_seen_at = root->keks[i].first_seen_at;
    entry->state = (ss_key_state)(SS_KEY_ADMITTED + root->keks[i].state);
  }
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
  const keyring *ring = &into->trust->ring->keys;
  for (size_t i = 0; i < ring->count; i++) {
    ss_key_info *entry = key_entry(into, ring->entries[i].version);
    if (entry == NULL) return error_out_of_memory(error);
    entry->is_configured = true;
    entry->is_active = &ring->entries[i] == keyring_active(ring);
  }
  return SS_OK;
}

/* In a snapshot: what is counted apart must add up. */
static ss_status gather(gathering *into, storage_session *session, ss_error *error) {
  GUARD(storage_visit_keks(session, add_count_of_wraps, into, error));
  GUARD(storage_count_secrets_by_key(session, add_count, into, error));
  GUARD(add_admitted(into, error));
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

/* The active key opens every epoch once it is admitted; before that, a write is to come. */
static bool active_is_admitted(const gathering *into) {
  return trust_admits(into->trust, keyring_active(&into->trust->ring->keys)->version);
}

static void conclude(gathering *into) {
  ss_rotation_status *status = into->status;
  const bool others_can_go = active_is_admitted(into);
  status->is_complete = true;
  for (size_t i = 0; i < status->count; i++) {
    ss_key_info *key = &status->keys[i];
    key->is_safe_to_remove =
        key->is_configured && !key->is_active && key->secret_count == 0 && others_can_go;
    if (!key->is_active && key->secret_count > 0) status->is_complete = false;
    if (!key->is_configured) status->unavailable_count += key->secret_count;
  }
  sort_keys(status);
}

static ss_status read_status_in(store_call *call, ss_rotation_status *status) {
  gathering into = {.store = call->store, .status = status};
  reading session ON_SCOPE_EXIT(reading_end) = {0};
  seal_record seal = {0};
  status->memory = arena_new();
  if (status->memory == NULL) return error_out_of_memory(call->error);
  GUARD(reading_begin_snapshot(call, &session, &seal));
  into.trust = call->scratch->trust;
  GUARD(gather(&into, session.session, call->error));
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
