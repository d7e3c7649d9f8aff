/* remove: delete a secret. Needs no key of it: a secret that cannot be read any more can be removed.
 * But what goes must be what was last written, or an event would make good what somebody forged; a
 * row that is not is removed by purge alone, whose event says so. */
#include "base/status.h"
#include "engine/change/change.h"
#include "engine/operations/arguments.h"

static const char explicit_remove[] = "{\"deletedReason\":\"explicit_remove\"}";
static const char purged[] = "{\"deletedReason\":\"purge\"}";

typedef struct remove_plan {
  int64_t if_revision;
  bool purge;
  gate gate;
  change change;
} remove_plan;

static void remove_plan_clear(remove_plan *plan) {
  gate_end(&plan->gate);
  change_clear(&plan->change);
}

static ss_status check_request(const ss_remove_request *request, remove_plan *plan,
                               ss_error *error) {
  change *self = &plan->change;
  GUARD(request_check(request, sizeof *request, error));
  GUARD(request_check_namespace(request->namespace_name, &self->namespace_name, error));
  GUARD(request_check_name(request->name, &self->name, error));
  GUARD(request_check_caller(request->caller, &self->actor, error));
  plan->if_revision = request->if_revision;
  plan->purge = request->purge;
  return request_check_revision(request->if_revision, error);
}

/* Of a removal there is nothing but the secret to judge. */
static ss_status propose_nothing(change *self, ss_error *error) {
  (void)self;
  (void)error;
  return SS_OK;
}

static ss_status check_row(const remove_plan *plan, change *self, ss_error *error) {
  if (plan->purge) return change_purge(self, error);
  const ss_status status = change_authenticate(self, error);
  if (status != SS_OK && status != SS_KEY_VERSION_UNAVAILABLE) return status;
  return change_compare(self, error);
}

static ss_status remove_body(void *context, transaction *tx, bool *changed, ss_error *error) {
  remove_plan *plan = context;
  change *self = &plan->change;
  GUARD(change_find(self, tx, false, error));
  GUARD(change_check_revision(self, plan->if_revision, error));
  *changed = self->found;
  if (!self->found) return SS_OK;
  GUARD(check_row(plan, self, error));
  GUARD(change_compose(self, CHANGE_DELETES, error));
  return change_apply(self, NULL, text_view_of(plan->purge ? purged : explicit_remove), error);
}

static ss_status remove_in(store_call *call, const ss_remove_request *request, bool *removed) {
  remove_plan plan ON_SCOPE_EXIT(remove_plan_clear) = {0};
  scratch *with = NULL;
  GUARD(store_call_scratch(call, &with));
  change_begin(&plan.change, call->store, with, &plan.gate);
  plan.change.propose = propose_nothing;
  GUARD(check_request(request, &plan, call->error));
  GUARD(gate_begin(&plan.gate, call->store, "remove", request->caller, call->error));
  GUARD(change_foresee(&plan.change, call->error));
  GUARD(transaction_run(call->store, with, &plan.gate, remove_body, &plan, call->error));
  *removed = plan.change.found;
  return SS_OK;
}

ss_status ss_remove(ss_store *store, const ss_remove_request *request, bool *removed,
                    ss_error *error) {
  bool was_removed = false;
  if (removed != NULL) *removed = false;
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_REMOVE, &call, error));
  const ss_status status = remove_in(&call, request, &was_removed);
  if (removed != NULL) *removed = was_removed;
  return store_leave(&call, status);
}
