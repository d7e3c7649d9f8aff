/* cleanup_secrets: delete what expired long ago, a batch in one transaction.
 *
 * A row that authenticates has the expiry that somebody gave it. One that does not may have been
 * changed to be swept away with a harmless-looking event, and is left. A row whose key is not
 * configured cannot be authenticated by anybody any more, and goes. */
#include "base/status.h"
#include "engine/change/candidates.h"
#include "engine/change/gate.h"
#include "engine/change/row.h"
#include "engine/change/transaction.h"
#include "engine/operations/arguments.h"

static const char expired_cleanup[] = "{\"deletedReason\":\"expired_cleanup\"}";

typedef struct sweep {
  ss_store *store;
  text_view actor;
  int64_t cutoff;
  candidates found;
  int64_t deleted;
  gate gate;
} sweep;

static ss_status take_row(void *context, const secret_record *row, ss_error *error) {
  sweep *self = context;
  return candidates_add(&self->found, row, error);
}

static ss_status scan(sweep *self, ss_error *error) {
  storage_session *session = NULL;
  GUARD(storage_begin_read(self->store->storage, &session, error));
  ss_status status = storage_visit_expired_secrets(session, self->cutoff, SS_CLEANUP_BATCH + 1,
                                                   take_row, self, error);
  if (status == SS_OK) status = candidates_resolve(&self->found, session, error);
  storage_end_read(session);
  return status;
}

static bool is_still_due(const sweep *self, const candidate *seen, const secret_record *row) {
  return row->id == seen->id && row->expires_at != SS_NO_EXPIRY && row->expires_at < self->cutoff;
}

static ss_status authenticate(transaction *tx, const candidate *seen, const secret_record *row,
                              bool *deletable, ss_error *error) {
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  const ss_status status = row_unwrap_dek(tx->store, tx->worker->envelope, seen->namespace_name,
                                          seen->name, row, &key, error);
  *deletable = status == SS_OK || status == SS_KEY_VERSION_UNAVAILABLE;
  if (status == SS_DECRYPTION_FAILED || status == SS_UNSUPPORTED) {
    log_write(&tx->store->log, SS_LOG_ERROR, "cleanup_secrets: secret id %lld left as it is: %s",
              (long long)seen->id, error->message);
    return SS_OK;
  }
  return *deletable ? SS_OK : status;
}

static ss_status delete_row(sweep *self, transaction *tx, const candidate *seen,
                            const secret_record *row, ss_error *error) {
  text_view detail = text_view_of(expired_cleanup);
  const secret_record removed = {
      .id = seen->id,
      .namespace_id = tx->namespace_row.id,
      .name = seen->name,
  };
  gate_set_target(&self->gate, seen->namespace_name, seen->name, row);
  GUARD(gate_enrich(&self->gate, SS_EVENT_DELETED, &detail, error));
  GUARD(storage_delete_secret(tx->session, &removed, error));
  const secret_change change = {
      .type = SS_EVENT_DELETED,
      .secret_id = seen->id,
      .name = seen->name,
      .actor = self->actor,
      .detail = detail,
  };
  GUARD(transaction_append(tx, &change, error));
  self->deleted++;
  return SS_OK;
}

static ss_status sweep_one(sweep *self, transaction *tx, const candidate *seen, ss_error *error) {
  bool found = false;
  bool deletable = false;
  secret_record row = {0};
  GUARD(transaction_lock(tx, seen->namespace_name, false, &found, error));
  if (found) {
    GUARD(storage_find_secret_header(tx->session, tx->namespace_row.id, seen->name, &row, &found,
                                     error));
  }
  if (!found || !is_still_due(self, seen, &row)) return SS_OK;
  GUARD(authenticate(tx, seen, &row, &deletable, error));
  return deletable ? delete_row(self, tx, seen, &row, error) : SS_OK;
}

static ss_status sweep_found(sweep *self, worker *with, ss_error *error) {
  if (self->found.count == 0) return SS_OK;
  transaction tx ON_SCOPE_EXIT(transaction_clear) = {0};
  GUARD(transaction_begin(self->store, with, &tx, error));
  for (size_t i = 0; i < self->found.count && self->deleted < SS_CLEANUP_BATCH; i++) {
    GUARD(storage_session_check(tx.session, error));
    GUARD(sweep_one(self, &tx, &self->found.items[i], error));
  }
  return self->deleted > 0 ? transaction_commit(&tx, error) : SS_OK;
}

static ss_status sweep_with(sweep *self, worker *with, int64_t retention_ms,
                            const ss_caller *caller, ss_cleanup_result *result, ss_error *error) {
  GUARD(request_check_retention(retention_ms, error));
  GUARD(request_check_caller(caller, &self->actor, error));
  self->cutoff = clock_now_ms(&self->store->clock) - retention_ms;
  GUARD(gate_begin(&self->gate, self->store, "cleanup_secrets", caller, error));
  GUARD(gate_judge(&self->gate, error));
  GUARD(candidates_init(&self->found, SS_CLEANUP_BATCH + 1, error));
  GUARD(scan(self, error));
  GUARD(sweep_found(self, with, error));
  /* A batch of nothing but rows that must be left would otherwise be asked for again and again. */
  *result = (ss_cleanup_result){
      .deleted = self->deleted,
      .is_done = self->found.count <= SS_CLEANUP_BATCH || self->deleted == 0,
  };
  return SS_OK;
}

ss_status ss_cleanup_secrets(ss_store *store, int64_t retention_ms, const ss_caller *caller,
                             ss_cleanup_result *result, ss_error *error) {
  ss_cleanup_result reported = {0};
  ss_error own;
  ss_error *told = error != NULL ? error : &own; /* what is left is logged with its message */
  sweep self = {.store = store};
  worker *with = NULL;
  if (result != NULL) *result = reported;
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_CLEANUP_SECRETS, &call, told));
  ss_status status = worker_take(store, &with, told);
  if (status == SS_OK) {
    status = sweep_with(&self, with, retention_ms, caller, &reported, told);
    worker_return(store, with);
  }
  gate_end(&self.gate);
  candidates_clear(&self.found);
  if (status == SS_OK) error_clear(told);
  if (status == SS_OK && result != NULL) *result = reported;
  return store_leave(&call, status, told);
}
