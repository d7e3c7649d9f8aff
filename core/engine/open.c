/* Opening a store.
 *
 * Opening checks the configured keys against the key check values that the store recorded, and
 * opens the audit keys. It writes only to make a new store; what is new in the keys is for the
 * first write to record (recording.h). */
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "engine/change/recording.h"
#include "engine/options.h"
#include "engine/store/host.h"
#include "engine/store/policies.h"
#include "engine/store/store.h"
#include "engine/upkeep/maintenance.h"
#include "storage/registry.h"

/* ---- Introducing --------------------------------------------------------------------------- */

static ss_status look(store_call *call, scratch *with, bool *found) {
  ss_store *store = call->store;
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  GUARD(storage_begin_read(store->storage, &session, call->error));
  return recording_examine(store, session, with, found, call->error);
}

/* Unless another process did meanwhile. */
static ss_status found_store(store_call *call, scratch *with) {
  ss_store *store = call->store;
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  bool found = false;
  GUARD(storage_begin_write(store->storage, &session, call->error));
  GUARD(storage_lock_store(session, call->error));
  GUARD(recording_examine(store, session, with, &found, call->error));
  if (found) return SS_OK;
  GUARD(recording_found_store(store, session, with, call->error));
  GUARD(storage_commit(&session, call->error));
  atomic_store(&store->keys_are_recorded, true);
  return SS_OK;
}

static ss_status introduce(store_call *call) {
  bool found = false;
  scratch *with = NULL;
  GUARD(store_call_scratch(call, &with));
  GUARD(look(call, with, &found));
  if (!found) GUARD(found_store(call, with));
  /* A scratch made before the store's id was known is keyed to nothing yet. */
  with->signer.store_id = call->store->store_id;
  return SS_OK;
}

/* ---- Opening ------------------------------------------------------------------------------- */

/* Closes what the store holds, and wipes its keys; the handle stays. */
static void release_parts(ss_store *store) {
  scratch_free_all(store);
  if (store->storage != NULL) storage_close(store->storage);
  keyring_clear(&store->keyring);
  audit_epochs_clear(&store->epochs);
  crypto_suite_clear(&store->suite);
  wrap_budget_clear(&store->budget);
  maintenance_free(store->maintenance);
  background_clear(&store->background);
  policies_clear(&store->policies);
}

static ss_store *store_new(const ss_options *options) {
  ss_store *store = memory_new(sizeof *store);
  if (store == NULL) return NULL;
  host_connect(store, options);
  store->max_value_bytes = options->max_value_bytes;
  store->has_default_ttl = options->has_default_ttl;
  store->default_ttl_ms = options->default_ttl_ms;
  store->store_id = text_view_of(store->store_id_text);
  audit_epochs_init(&store->epochs);
  store->policy_limits = options->policy_limits;
  policies_init(&store->policies);
  wrap_budget_init(&store->budget);
  background_init(&store->background);
  store->release = release_parts;
  (void)pthread_mutex_init(&store->scratch_lock, NULL);
  lifecycle_init(store);
  return store;
}

static ss_status check_policy_hash(const ss_options *options, const char *hash, ss_error *error) {
  if (options->policy_hash[0] == '\0' || strcmp(options->policy_hash, hash) == 0) return SS_OK;
  return error_set(error, SS_POLICY_INVALID,
                   "policy: expected the one with hash %s, got %s; generate the types anew",
                   options->policy_hash, hash[0] == '\0' ? "none" : hash);
}

/* Before anything is touched: a store is not opened, let alone made, under a
 * policy that is none. */
static ss_status load_policy(ss_store *store, const ss_options *options, ss_error *error) {
  policy *compiled = NULL;
  if (options->policy_text == NULL) return check_policy_hash(options, "", error);
  const ss_policy_source source = {options->policy_name, options->policy_text,
                                   options->policy_length};
  GUARD(policies_compile(&store->suite, &source, &store->policy_limits, &store->log, &compiled,
                         error));
  policies_exchange(&store->policies, compiled);
  return check_policy_hash(options, policy_hash(compiled), error);
}

static ss_status open_storage(store_call *call, const ss_options *options) {
  ss_store *store = call->store;
  const storage_options source = {
      .path = options->path,
      .create = options->create,
      .durability = options->durability,
      .busy_timeout_ms = options->busy_timeout_ms,
      .clock = store->clock,
      .log = &store->log,
      .cancellation = store->cancellation,
  };
  return storage_open(&source, &store->storage, call->error);
}

static ss_status open_in(store_call *call, const ss_options *options) {
  ss_store *store = call->store;
  store->maintenance = maintenance_new(options->maintenance_interval_ms,
                                       options->secret_retention_ms, options->event_retention_ms);
  if (store->maintenance == NULL) return error_out_of_memory(call->error);
  GUARD(crypto_suite_init(&store->suite, call->error));
  GUARD(keyring_copy(&store->keyring, &options->keyring, call->error));
  GUARD(load_policy(store, options, call->error));
  GUARD(open_storage(call, options));
  return introduce(call);
}

/* A call like others, so that the host is asked while it waits. */
static ss_status open_store(ss_store *store, const ss_options *options, ss_error *error) {
  store_call call;
  GUARD(store_enter(store, OPERATION_UNCOUNTED, &call, error));
  const ss_status status = open_in(&call, options);
  store_quit(&call);
  return status;
}

ss_status ss_store_open(const ss_options *options, ss_store **opened, ss_error *error) {
  error_clear(error);
  if (options == NULL || opened == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "%s: expected one, got none",
                     options == NULL ? "options" : "store");
  }
  *opened = NULL;
  if (options->keyring.count == 0) {
    return error_set(error, SS_INVALID_OPTIONS, "keys: expected at least one key, got none");
  }
  ss_store *store = store_new(options);
  if (store == NULL) return error_out_of_memory(error);
  ss_status status = open_store(store, options, error);
  if (status == SS_OK && options->maintenance) status = maintenance_start(store, error);
  if (status != SS_OK) {
    ss_store_free(store);
    return status;
  }
  store->tell_closed = options->closed;
  store->tell_closed_context = options->closed_context;
  *opened = store;
  return SS_OK;
}
