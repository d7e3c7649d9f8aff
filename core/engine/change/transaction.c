/* The engine's write transaction.
 *
 * Which audit epoch to append in: the newest one, if its key is open. Another process may have
 * started a newer epoch than this one knows; a namespace whose head is of such an epoch makes it
 * look again. If the newest key is sealed (its KEKs are not configured), this transaction starts
 * an epoch of its own. A head of a sealed epoch cannot be checked and is built upon as it is:
 * verification reports it. A head of an epoch that the store does not know is a forgery. */
#include "engine/change/transaction.h"

#include <string.h>

#include "base/status.h"
#include "engine/change/recording.h"

ss_status transaction_begin(ss_store *store, scratch *with, transaction *started, ss_error *error) {
  *started = (transaction){.store = store, .scratch = with};
  GUARD(storage_begin_write(store->storage, &started->session, error));
  /* Likely to start an epoch: the store's lock comes before the namespaces'. */
  if (audit_epochs_current(&store->epochs) == 0) {
    GUARD(storage_lock_store(started->session, error));
  }
  if (atomic_load(&store->keys_are_recorded)) return SS_OK;
  started->records_keys = true;
  return recording_of_keys(store, started->session, with, error);
}

/* Its key is in no store: nobody may chain with it. Before the rollback, which lets others in. */
static void forget_started_epoch(transaction *self) {
  if (self->started_epoch == 0) return;
  audit_epochs_forget(&self->store->epochs, self->started_epoch);
  chain_forget_epoch(&self->scratch->signer);
  self->started_epoch = 0;
}

void transaction_clear(transaction *self) {
  if (self->session == NULL) return;
  forget_started_epoch(self);
  storage_rollback(self->session);
  self->session = NULL;
}

/* ---- Epochs -------------------------------------------------------------------------------- */

static ss_status reload_epochs(transaction *self, ss_error *error) {
  ss_store *store = self->store;
  return audit_epochs_load(&store->epochs, self->session, self->scratch->envelope, &store->keyring,
                           store->store_id, error);
}

/* Unless another process did, until the store was locked. */
static ss_status start_epoch(transaction *self, ss_error *error) {
  ss_store *store = self->store;
  GUARD(storage_lock_store(self->session, error));
  GUARD(reload_epochs(self, error));
  if (audit_epochs_current(&store->epochs) != 0) return SS_OK;
  GUARD(transaction_take_wrap(self, error));
  GUARD(audit_epochs_start(&store->epochs, self->session, self->scratch->envelope, &store->keyring,
                           store->store_id, self->now, error));
  GUARD(reload_epochs(self, error));
  self->started_epoch = audit_epochs_current(&store->epochs);
  log_write(&store->log, SS_LOG_WARN,
            "no configured key opens the newest audit key: the audit log goes on in epoch %lld",
            (long long)self->started_epoch);
  return SS_OK;
}

static ss_status choose_epoch(transaction *self, ss_error *error) {
  audit_epochs *epochs = &self->store->epochs;
  self->epoch = audit_epochs_current(epochs);
  if (self->epoch != 0 && self->epoch >= self->namespace_row.head_epoch) return SS_OK;
  GUARD(reload_epochs(self, error));
  self->epoch = audit_epochs_current(epochs);
  if (self->epoch != 0) return SS_OK;
  GUARD(start_epoch(self, error));
  self->epoch = audit_epochs_current(epochs);
  return self->epoch != 0
             ? SS_OK
             : error_set(error, SS_INTERNAL, "the audit key of a new epoch did not open");
}

/* ---- The chain's head ---------------------------------------------------------------------- */

static ss_status head_is_forged(const transaction *self, ss_error *error) {
  const text_view name = self->namespace_name;
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   "the audit chain of %s%.*s: its head (event %lld) does not authenticate; events "
                   "were cut off or the head was changed",
                   name.data == NULL ? "the default namespace" : "namespace ",
                   QUOTED_LENGTH(name.length), name.data == NULL ? "" : name.data,
                   (long long)self->namespace_row.head_sequence);
}

static ss_status check_head(transaction *self, ss_error *error) {
  chain_signer *signer = &self->scratch->signer;
  audit_key_state state;
  bool authentic = false;
  GUARD(chain_use_epoch(signer, self->namespace_row.head_epoch, &state, error));
  if (state == AUDIT_KEY_SEALED) return SS_OK;
  if (state == AUDIT_KEY_OPEN) {
    GUARD(chain_head_is_authentic(signer, self->namespace_name, &self->namespace_row, &authentic,
                                  error));
  }
  return authentic ? SS_OK : head_is_forged(self, error);
}

static ss_status key_signer(transaction *self, ss_error *error) {
  audit_key_state state;
  GUARD(chain_use_epoch(&self->scratch->signer, self->epoch, &state, error));
  if (state == AUDIT_KEY_OPEN) return SS_OK;
  return error_set(error, SS_INTERNAL, "the audit key of epoch %lld is not open",
                   (long long)self->epoch);
}

static ss_status save_head(transaction *self, ss_error *error) {
  if (!self->has_new_events) return SS_OK;
  GUARD(key_signer(self, error));
  GUARD(chain_seal_head(&self->scratch->signer, self->namespace_name, &self->namespace_row, error));
  GUARD(storage_save_namespace(self->session, &self->namespace_row, error));
  self->has_new_events = false;
  return SS_OK;
}

/* ---- Steps --------------------------------------------------------------------------------- */

ss_status transaction_lock(transaction *self, const namespace_lock *lock, bool *found,
                           ss_error *error) {
  if (self->locked && text_view_equals(self->namespace_name, lock->name)) {
    *found = true;
    return SS_OK;
  }
  GUARD(save_head(self, error));
  self->locked = false;
  self->namespace_name = lock->name;
  GUARD(storage_lock_namespace(self->session, lock, &self->namespace_row, found, error));
  GUARD(storage_now(self->session, &self->now, error));
  if (!*found && !lock->create) return SS_OK;
  GUARD(choose_epoch(self, error));
  if (*found) GUARD(check_head(self, error));
  self->locked = true;
  return SS_OK;
}

ss_status transaction_take_wrap(transaction *self, ss_error *error) {
  ss_store *store = self->store;
  const wrap_order order = {store->storage, self->session, keyring_active(&store->keyring)->version,
                            &store->log};
  return wrap_budget_take(&store->budget, &order, &self->granted_wraps, error);
}

ss_status transaction_append(transaction *self, const secret_change *change, ss_error *error) {
  chain_signer *signer = &self->scratch->signer;
  unsigned char digest[SHA256_BYTES];
  event_record event = {
      .type = change->type,
      .secret_id = change->secret_id,
      .name = change->name,
      .actor = change->actor,
      .detail = change->detail,
      .created_at = self->now,
  };
  if (change->row != NULL) {
    GUARD(chain_row_digest(signer, change->row, digest, error));
    event.row_digest = (byte_view){digest, sizeof digest};
  }
  if (change->type == SS_EVENT_CREATED) self->namespace_row.secret_count++;
  if (change->type == SS_EVENT_DELETED) self->namespace_row.secret_count--;
  GUARD(key_signer(self, error));
  GUARD(chain_append(signer, self->session, self->namespace_name, self->epoch, &self->namespace_row,
                     &event, error));
  self->has_new_events = true;
  return SS_OK;
}

ss_status transaction_prune(transaction *self, int64_t up_to_sequence,
                            const unsigned char mac[MAC_BYTES], ss_error *error) {
  namespace_record *record = &self->namespace_row;
  GUARD(key_signer(self, error));
  record->checkpoint_sequence = up_to_sequence;
  record->checkpoint_epoch = self->epoch;
  memcpy(record->checkpoint_mac, mac, sizeof record->checkpoint_mac);
  GUARD(chain_seal_checkpoint(&self->scratch->signer, self->namespace_name, record, error));
  /* Now, since the database refuses to delete what lies beyond the saved checkpoint. */
  GUARD(storage_save_namespace(self->session, record, error));
  return storage_delete_events(self->session, record->id, up_to_sequence, error);
}

ss_status transaction_commit(transaction *self, ss_error *error) {
  GUARD(save_head(self, error));
  const ss_status status = storage_commit(&self->session, error);
  if (status != SS_OK) {
    forget_started_epoch(self);
    return status;
  }
  wrap_budget_deposit(&self->store->budget, self->granted_wraps);
  if (self->records_keys) atomic_store(&self->store->keys_are_recorded, true);
  return SS_OK;
}

ss_status transaction_run(ss_store *store, scratch *with, transaction_body body, void *context,
                          ss_error *error) {
  transaction tx ON_SCOPE_EXIT(transaction_clear) = {0};
  bool changed = false;
  GUARD(transaction_begin(store, with, &tx, error));
  GUARD(body(context, &tx, &changed, error));
  return changed ? transaction_commit(&tx, error) : SS_OK;
}
