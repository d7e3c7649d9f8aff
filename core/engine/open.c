/* Opening a store.
 *
 * Opening checks the configured keys against the key check values that the store recorded, and
 * opens the audit keys. It writes only when there is something new to record: a new store, an
 * active key version that the store has not seen, an audit key that the active KEK does not wrap
 * yet. All of that happens in one transaction, after looking again at what is there. */
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "engine/host.h"
#include "engine/options.h"
#include "engine/policies.h"
#include "engine/store.h"
#include "storage/sqlite/sqlite_storage.h"

/* What an opening store found. */
typedef struct findings {
  bool store_found;
  bool active_key_found;
  kek_record active_key; /* if found */
} findings;

/* ---- Reading ------------------------------------------------------------------------------- */

typedef struct key_check_context {
  ss_store *store;
  findings *findings;
} key_check_context;

static ss_status check_key(void *context, const kek_record *kek, ss_error *error) {
  key_check_context *check = context;
  const keyring *ring = &check->store->keyring;
  const keyring_entry *entry = keyring_find(ring, kek->version);
  if (entry == NULL) return SS_OK;
  unsigned char expected[KEY_CHECK_BYTES];
  GUARD(keyring_check_value(&check->store->suite, entry, expected, error));
  if (!mac_equals(expected, kek->check, KEY_CHECK_BYTES)) {
    return error_set(error, SS_KEY_MISMATCH,
                     "key version %lld: the configured key is not the one that this store knows by "
                     "that version",
                     (long long)kek->version);
  }
  if (entry == keyring_active(ring)) {
    check->findings->active_key_found = true;
    check->findings->active_key = *kek;
  }
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

static ss_status examine(ss_store *store, storage_session *session, worker *with, findings *found,
                         ss_error *error) {
  const storage_operations *operations = session->operations;
  store_record record = {0};
  *found = (findings){0};
  GUARD(operations->load_store(session, &record, &found->store_found, error));
  if (!found->store_found) return SS_OK;
  remember_store_id(store, record.store_id);
  key_check_context context = {store, found};
  GUARD(operations->visit_keks(session, check_key, &context, error));
  return audit_epochs_load(&store->epochs, session, with->envelope, &store->keyring,
                           store->store_id, error);
}

/* A newest epoch that cannot be opened is left to the first write, which starts another. */
static bool nothing_to_record(ss_store *store, const findings *found) {
  return found->store_found && found->active_key_found && store->epochs.count > 0 &&
         audit_epochs_missing_wraps(&store->epochs) == 0;
}

/* ---- Recording ----------------------------------------------------------------------------- */

static ss_status record_store(ss_store *store, storage_session *session, int64_t now,
                              ss_error *error) {
  store_record record = {.created_at = now};
  GUARD(random_public(record.store_id, sizeof record.store_id, error));
  GUARD(session->operations->insert_store(session, &record, error));
  remember_store_id(store, record.store_id);
  return SS_OK;
}

static ss_status record_active_key(ss_store *store, storage_session *session, findings *found,
                                   int64_t wraps, int64_t now, ss_error *error) {
  const keyring_entry *active = keyring_active(&store->keyring);
  kek_record *kek = &found->active_key;
  if (!found->active_key_found) {
    *kek = (kek_record){.version = active->version, .first_seen_at = now};
    GUARD(keyring_check_value(&store->suite, active, kek->check, error));
  }
  GUARD(wrap_budget_count(kek, wraps, &store->log, error));
  return session->operations->save_kek(session, kek, error);
}

static ss_status record_audit_keys(ss_store *store, storage_session *session, worker *with,
                                   int64_t now, ss_error *error) {
  audit_epochs *epochs = &store->epochs;
  envelope *sealer = with->envelope;
  if (epochs->count == 0) {
    GUARD(
        audit_epochs_start(epochs, session, sealer, &store->keyring, store->store_id, now, error));
  } else {
    GUARD(audit_epochs_add_wraps(epochs, session, sealer, &store->keyring, store->store_id, now,
                                 error));
  }
  return audit_epochs_load(epochs, session, sealer, &store->keyring, store->store_id, error);
}

static ss_status record_news(ss_store *store, storage_session *session, worker *with,
                             ss_error *error) {
  const int64_t now = clock_now_ms(&store->clock);
  findings found;
  /* Again, now that nobody else can write. */
  GUARD(examine(store, session, with, &found, error));
  if (!found.store_found) GUARD(record_store(store, session, now, error));
  const size_t missing = audit_epochs_missing_wraps(&store->epochs);
  const int64_t wraps = store->epochs.count == 0 ? 1 : (int64_t)missing;
  if (!found.active_key_found || wraps > 0) {
    GUARD(record_active_key(store, session, &found, wraps, now, error));
  }
  return wraps > 0 ? record_audit_keys(store, session, with, now, error) : SS_OK;
}

static ss_status introduce(ss_store *store, worker *with, ss_error *error) {
  const storage_operations *operations = store->storage->operations;
  storage_session *session = NULL;
  findings found;
  GUARD(operations->begin_read(store->storage, &session, error));
  ss_status status = examine(store, session, with, &found, error);
  operations->end_read(session);
  if (status != SS_OK || nothing_to_record(store, &found)) return status;

  GUARD(operations->begin_write(store->storage, &session, error));
  status = record_news(store, session, with, error);
  if (status == SS_OK) return operations->commit(session, error);
  operations->rollback(session);
  return status;
}

/* ---- Opening ------------------------------------------------------------------------------- */

void store_release(ss_store *store) {
  workers_free(store);
  if (store->storage != NULL) store->storage->operations->close(store->storage);
  keyring_clear(&store->keyring);
  audit_epochs_clear(&store->epochs);
  crypto_suite_clear(&store->suite);
  wrap_budget_clear(&store->budget);
  maintenance_clear(&store->maintenance);
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
  maintenance_init(&store->maintenance, options->maintenance_interval_ms,
                   options->secret_retention_ms, options->event_retention_ms);
  (void)pthread_mutex_init(&store->workers_lock, NULL);
  lifecycle_init(store);
  return store;
}

static ss_status check_policy_hash(const ss_options *options, const char *hash, ss_error *error) {
  if (options->policy_hash[0] == '\0' || strcmp(options->policy_hash, hash) == 0) return SS_OK;
  return error_set(error, SS_POLICY_INVALID,
                   "policy: expected the one with hash %s, got %s; generate the types anew",
                   options->policy_hash, hash[0] == '\0' ? "none" : hash);
}

/* Before anything is touched: a store is not opened, let alone made, under a policy that is none.
 */
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

static ss_status open_parts(ss_store *store, const ss_options *options, ss_error *error) {
  const sqlite_storage_options storage_options = {
      .path = options->path,
      .create = options->create,
      .durability = options->durability,
      .busy_timeout_ms = options->busy_timeout_ms,
      .log = &store->log,
      .cancellation = store->cancellation,
  };
  GUARD(crypto_suite_init(&store->suite, error));
  GUARD(keyring_copy(&store->keyring, &options->keyring, error));
  GUARD(load_policy(store, options, error));
  GUARD(sqlite_storage_open(&storage_options, &store->storage, error));
  worker *with = NULL;
  GUARD(worker_take(store, &with, error));
  const ss_status status = introduce(store, with, error);
  /* A worker made before the store's id was known is keyed to nothing yet. */
  with->signer.store_id = store->store_id;
  worker_return(store, with);
  return status;
}

/* A call like others, so that the host is asked while it waits. */
static ss_status open_entered(ss_store *store, const ss_options *options, ss_error *error) {
  store_call call;
  GUARD(store_enter(store, OPERATION_UNCOUNTED, &call, error));
  const ss_status status = open_parts(store, options, error);
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
  ss_status status = open_entered(store, options, error);
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
