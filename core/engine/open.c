/* Opening a store.
 *
 * Opening authenticates the store's root and seal with the configured keys, of which one at least
 * must be admitted in it. It writes only to make a new store; keys that the store does not know are
 * for the first write to admit (admission.h). */
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "engine/change/root_change.h"
#include "engine/options.h"
#include "engine/proof/anchor.h"
#include "engine/store/beliefs.h"
#include "engine/store/host.h"
#include "engine/store/policies.h"
#include "engine/store/store.h"
#include "engine/upkeep/maintenance.h"
#include "storage/registry.h"

/* ---- Introducing --------------------------------------------------------------------------- */

/* A store that is not there contains no anchor, and is in no epoch. */
static ss_status check_absence(const ss_options *options, ss_error *error) {
  if (options->anchor == NULL && options->least_epoch <= 1) return SS_OK;
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   "expected the store that %s, and there is none in the file",
                   options->anchor != NULL ? "the anchor was made of" : "least_epoch is of");
}

static ss_status look(store_call *call, const ss_options *options, bool *found) {
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  scratch *with = NULL;
  seal_record seal = {0};
  const known_state nothing = {0};
  GUARD(store_call_scratch(call, &with));
  GUARD(storage_begin_snapshot(call->store->storage, &session, call->error));
  GUARD(beliefs_form(call->store, with, session, found, call->error));
  if (!*found) return check_absence(options, call->error);
  if (options->anchor == NULL) return SS_OK;
  GUARD(beliefs_check(call->store, with, session, &nothing, &seal, call->error));
  return anchor_check(with, session, &seal, text_view_of(options->anchor), call->error);
}

static ss_status lost_root(ss_error *error) {
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   "the store has lost its root: the file was changed");
}

static ss_status refuse_event(void *context, const store_event_record *event, ss_error *error) {
  (void)context, (void)event;
  return lost_root(error);
}

static ss_status refuse_kek(void *context, const kek_record *kek, ss_error *error) {
  (void)context, (void)kek;
  return lost_root(error);
}

/* What is founded with a root is not there without one. */
static ss_status check_nothing_is_left(storage_session *session, ss_error *error) {
  const store_events_query query = {.order = SS_ASCENDING, .limit = 1};
  GUARD(storage_visit_store_events(session, &query, refuse_event, NULL, error));
  return storage_visit_keks(session, refuse_kek, NULL, error);
}

/* Unless another process did meanwhile. */
static ss_status found_store(store_call *call) {
  transaction tx ON_SCOPE_EXIT(transaction_clear) = {.store = call->store,
                                                     .scratch = call->scratch};
  bool found = false;
  GUARD(random_public(tx.attempt, sizeof tx.attempt, call->error));
  GUARD(storage_begin_write(call->store->storage, &tx.session, call->error));
  GUARD(storage_lock_store(tx.session, call->error));
  GUARD(beliefs_form(call->store, call->scratch, tx.session, &found, call->error));
  if (found) return SS_OK;
  GUARD(check_nothing_is_left(tx.session, call->error));
  GUARD(root_change_found_store(&tx, call->error));
  return transaction_commit(&tx, call->error);
}

static void remember_id(ss_store *store, const trust *believed) {
  memcpy(store->store_id_text, believed->root.store_id, sizeof store->store_id_text);
  store->store_id = text_view_of(store->store_id_text);
}

static ss_status introduce(store_call *call, const ss_options *options) {
  bool found = false;
  GUARD(look(call, options, &found));
  if (!found && !options->create) return lost_root(call->error);
  if (!found) GUARD(found_store(call));
  remember_id(call->store, call->scratch->trust);
  return SS_OK;
}

/* ---- Opening ------------------------------------------------------------------------------- */

/* Closes what the store holds, and wipes its keys; the handle stays. */
static void release_parts(ss_store *store) {
  scratch_free_all(store);
  if (store->storage != NULL) storage_close(store->storage);
  trusts_clear(&store->trusts);
  state_maps_clear(&store->maps);
  proved_shelves_clear(&store->proved);
  memory_of_heads_clear(&store->memory);
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
  trusts_init(&store->trusts);
  state_maps_init(&store->maps);
  proved_shelves_init(&store->proved, &store->suite);
  memory_of_heads_init(&store->memory);
  store->policy_limits = options->policy_limits;
  store->least_epoch = options->least_epoch;
  store->verifies_reads = options->reads == SS_READS_VERIFIED;
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
      .allow_group = options->allow_group,
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
  const maintenance_plan plan = {
      .interval_ms = options->maintenance_interval_ms,
      .secret_retention_ms = options->secret_retention_ms,
      .event_retention_ms = options->event_retention_ms,
      .drain_after_ms = options->drain_after_ms,
  };
  store->maintenance = maintenance_new(&plan);
  if (store->maintenance == NULL) return error_out_of_memory(call->error);
  GUARD(crypto_suite_init(&store->suite, call->error));
  GUARD(shared_keyring_new(&options->keyring, &store->trusts.ring, call->error));
  GUARD(load_policy(store, options, call->error));
  GUARD(open_storage(call, options));
  return introduce(call, options);
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
