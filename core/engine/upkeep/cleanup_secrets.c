/* cleanup_secrets: delete what expired long ago, a batch in one transaction.
 *
 * A row that authenticates has the expiry that somebody gave it. One that does not may have been
 * changed to be swept away with a harmless-looking event, and is left; so is one that is not what
 * was last signed. A row whose key is not configured cannot be authenticated by anybody any more,
 * and goes. */
#include "base/status.h"
#include "engine/change/candidates.h"
#include "engine/change/change.h"
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

static void sweep_clear(sweep *self) {
  gate_end(&self->gate);
  candidates_clear(&self->found);
}

static ss_status take_row(void *context, const secret_record *row, ss_error *error) {
  sweep *self = context;
  return candidates_add(&self->found, row, error);
}

static ss_status scan(sweep *self, ss_error *error) {
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  GUARD(storage_begin_read(self->store->storage, &session, error));
  GUARD(storage_visit_expired_secrets(session, self->cutoff, SS_CLEANUP_BATCH + 1, take_row, self,
                                      error));
  return candidates_resolve(&self->found, session, error);
}

static bool is_still_due(const sweep *self, const candidate *seen, const change *now) {
  const secret_record *row = &now->current;
  return now->found && row->id == seen->id && row->expires_at != SS_NO_EXPIRY &&
         row->expires_at < self->cutoff;
}

static ss_status check_row(change *found, ss_error *error) {
  const ss_status status = change_authenticate(found, error);
  if (status != SS_OK && status != SS_KEY_VERSION_UNAVAILABLE) return status;
  return change_compare(found, error);
}

static ss_status sweep_found(sweep *self, const candidate *seen, change *found, ss_error *error) {
  if (!is_still_due(self, seen, found)) return SS_OK;
  const ss_status status = check_row(found, error);
  if (change_row_is_at_fault(status)) {
    candidate_log_left(seen, "cleanup_secrets", error->message, &self->store->log);
    return SS_OK;
  }
  GUARD(status);
  GUARD(change_compose(found, CHANGE_DELETES, error));
  GUARD(change_apply(found, NULL, text_view_of(expired_cleanup), error));
  self->deleted++;
  return SS_OK;
}

static ss_status sweep_one(sweep *self, transaction *tx, const candidate *seen, ss_error *error) {
  change found ON_SCOPE_EXIT(change_clear);
  change_begin(&found, tx->store, tx->scratch, &self->gate);
  found.namespace_name = seen->namespace_name;
  found.name = seen->name;
  found.actor = self->actor;
  GUARD(storage_session_check(tx->session, error));
  GUARD(change_find(&found, tx, false, error));
  return sweep_found(self, seen, &found, error);
}

static ss_status sweep_body(void *context, transaction *tx, bool *changed, ss_error *error) {
  sweep *self = context;
  self->deleted = 0;
  for (size_t i = 0; i < self->found.count && self->deleted < SS_CLEANUP_BATCH; i++) {
    GUARD(sweep_one(self, tx, &self->found.items[i], error));
  }
  *changed = self->deleted > 0;
  return SS_OK;
}

static ss_status sweep_in(store_call *call, int64_t retention_ms, const ss_caller *caller,
                          ss_cleanup_result *result) {
  sweep self ON_SCOPE_EXIT(sweep_clear) = {.store = call->store};
  ss_error *error = call->error; /* what is left is logged with its message */
  scratch *with = NULL;
  GUARD(request_check_retention(retention_ms, error));
  GUARD(request_check_caller(caller, &self.actor, error));
  self.cutoff = clock_now_ms(&self.store->clock) - retention_ms;
  GUARD(gate_begin(&self.gate, self.store, "cleanup_secrets", caller, error));
  GUARD(gate_judge(&self.gate, error));
  GUARD(store_call_scratch(call, &with));
  GUARD(candidates_init(&self.found, SS_CLEANUP_BATCH + 1, error));
  GUARD(scan(&self, error));
  if (self.found.count > 0)
    GUARD(transaction_run(self.store, with, &self.gate, sweep_body, &self, error));
  error_clear(error);
  /* A batch of nothing but rows that must be left would otherwise be asked for again and again. */
  *result = (ss_cleanup_result){
      .deleted = self.deleted,
      .is_done = self.found.count <= SS_CLEANUP_BATCH || self.deleted == 0,
  };
  return SS_OK;
}

ss_status ss_cleanup_secrets(ss_store *store, int64_t retention_ms, const ss_caller *caller,
                             ss_cleanup_result *result, ss_error *error) {
  ss_cleanup_result reported = {0};
  if (result != NULL) *result = reported;
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_CLEANUP_SECRETS, &call, error));
  const ss_status status = sweep_in(&call, retention_ms, caller, &reported);
  if (result != NULL) *result = reported;
  return store_leave(&call, status);
}
