/* reload_keys: other keys for an open store, exchanged as a policy is. What runs goes on with the keys
 * that it began with; the last call that uses them wipes them. */
#include "base/status.h"
#include "engine/store/beliefs.h"
#include "engine/transfer/portable_frame.h"

/* The root under the new keys, before anything is exchanged. */
static ss_status open_with(store_call *call, shared_keyring *ring, trust **opened) {
  ss_store *store = call->store;
  storage_session *snapshot ON_SCOPE_EXIT(storage_end) = NULL;
  stored_root root = {0};
  seal_record seal = {0};
  envelope *opener = NULL;
  bool found = false;
  GUARD(storage_begin_read(store->storage, &snapshot, call->error));
  GUARD(storage_load_root(snapshot, &root, &seal, &found, call->error));
  if (!found) return error_set(call->error, SS_INTEGRITY_VIOLATION, "the store has lost its root");
  GUARD(envelope_new(&store->suite, &ring->keys, &opener, call->error));
  const trust_tools tools = {&store->suite, opener, ring};
  const ss_status status = trust_open(&tools, &root, opened, call->error);
  envelope_free(opener);
  return status;
}

static ss_status reload_in(store_call *call, const ss_keyring *keys) {
  ss_store *store = call->store;
  shared_keyring *ring = NULL;
  trust *opened = NULL;
  if (keys == NULL || keys->ring.count == 0) {
    return error_set(call->error, SS_INVALID_ARGUMENT, "keys: expected at least one key, got none");
  }
  GUARD(shared_keyring_new(&keys->ring, &ring, call->error));
  const ss_status status = open_with(call, ring, &opened);
  if (status == SS_OK) {
    trusts_exchange(&store->trusts, ring, opened);
    scratch_free_all(store); /* idle ones hold what was made of the old keys */
  }
  trust_release(opened);
  shared_keyring_release(ring);
  return status;
}

ss_status ss_reload_keys(ss_store *store, const ss_keyring *keys, ss_error *error) {
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_RELOAD_KEYS, &call, error));
  return store_leave(&call, reload_in(&call, keys));
}
