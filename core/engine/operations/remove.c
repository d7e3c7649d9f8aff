/* remove: delete a secret. Needs no key: a secret that cannot be read any more can be removed. */
#include "base/status.h"
#include "engine/change/gate.h"
#include "engine/change/row.h"
#include "engine/change/transaction.h"
#include "engine/operations/arguments.h"

static const char explicit_remove[] = "{\"deletedReason\":\"explicit_remove\"}";

typedef struct remove_plan {
  text_view namespace_name;
  text_view name;
  text_view actor;
  int64_t if_revision;
  gate gate;
} remove_plan;

static void remove_plan_clear(remove_plan *plan) { gate_end(&plan->gate); }

static ss_status check_request(const ss_remove_request *request, remove_plan *plan,
                               ss_error *error) {
  *plan = (remove_plan){0};
  GUARD(request_check(request, sizeof *request, error));
  GUARD(request_check_namespace(request->namespace_name, &plan->namespace_name, error));
  GUARD(request_check_name(request->name, &plan->name, error));
  GUARD(request_check_caller(request->caller, &plan->actor, error));
  plan->if_revision = request->if_revision;
  return request_check_revision(request->if_revision, error);
}

static ss_status delete_row(transaction *tx, remove_plan *plan, int64_t secret_id,
                            ss_error *error) {
  text_view detail = text_view_of(explicit_remove);
  const secret_record removed = {
      .id = secret_id,
      .namespace_id = tx->namespace_row.id,
      .name = plan->name,
  };
  GUARD(gate_enrich(&plan->gate, SS_EVENT_DELETED, &detail, error));
  GUARD(storage_delete_secret(tx->session, &removed, error));
  const secret_change change = {
      .type = SS_EVENT_DELETED,
      .secret_id = secret_id,
      .name = plan->name,
      .actor = plan->actor,
      .detail = detail,
  };
  return transaction_append(tx, &change, error);
}

static ss_status remove_in(transaction *tx, remove_plan *plan, bool *removed, ss_error *error) {
  bool found = false;
  secret_record current = {0};
  GUARD(transaction_lock(tx, plan->namespace_name, false, &found, error));
  if (found) {
    GUARD(storage_find_secret_header(tx->session, tx->namespace_row.id, plan->name, &current,
                                     &found, error));
  }
  GUARD(gate_pass(&plan->gate, plan->namespace_name, plan->name, found ? &current : NULL, error));
  GUARD(row_check_revision(plan->name, found ? &current : NULL, plan->if_revision, error));
  if (!found) return SS_OK;
  GUARD(delete_row(tx, plan, current.id, error));
  *removed = true;
  return SS_OK;
}

static ss_status remove_with(ss_store *store, worker *with, const ss_remove_request *request,
                             bool *removed, ss_error *error) {
  remove_plan plan ON_SCOPE_EXIT(remove_plan_clear) = {0};
  GUARD(check_request(request, &plan, error));
  GUARD(gate_begin(&plan.gate, store, "remove", request->caller, error));
  transaction tx ON_SCOPE_EXIT(transaction_clear) = {0};
  GUARD(transaction_begin(store, with, &tx, error));
  GUARD(remove_in(&tx, &plan, removed, error));
  return *removed ? transaction_commit(&tx, error) : SS_OK;
}

ss_status ss_remove(ss_store *store, const ss_remove_request *request, bool *removed,
                    ss_error *error) {
  bool was_removed = false;
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_REMOVE, &call, error));
  worker *with = NULL;
  ss_status status = worker_take(store, &with, error);
  if (status == SS_OK) {
    status = remove_with(store, with, request, &was_removed, error);
    worker_return(store, with);
  }
  if (removed != NULL) *removed = status == SS_OK && was_removed;
  return store_leave(&call, status, error);
}
