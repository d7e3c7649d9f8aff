/* update: change metadata, expiry or both. The value's ciphertext stays; the DEK is unwrapped,
 * which authenticates the row as it was, and wrapped again with what the row says now. */
#include "base/status.h"
#include "engine/change/change.h"
#include "engine/change/row.h"
#include "engine/operations/arguments.h"

typedef struct update_plan {
  const ss_update_request *request;
  text_view metadata; /* as it was given, compact; absent: none was */
  gate gate;
  change change;
} update_plan;

static void update_plan_clear(update_plan *plan) {
  gate_end(&plan->gate);
  change_clear(&plan->change);
}

/* ---- Checks -------------------------------------------------------------------------------- */

static bool changes_expiry(const ss_update_request *request) {
  return request->expires_at_change != SS_KEEP || request->ttl != SS_KEEP;
}

static ss_status check_fields(const ss_update_request *request, ss_error *error) {
  GUARD(request_check_ms("expires_at", request->expires_at_change, request->expires_at, error));
  GUARD(request_check_ms("ttl_ms", request->ttl, request->ttl_ms, error));
  if (request->expires_at_change != SS_KEEP && request->ttl != SS_KEEP) {
    return error_set(error, SS_INVALID_ARGUMENT,
                     "expected expires_at or ttl_ms, got both: they say the same thing");
  }
  if (request->metadata == SS_KEEP && !changes_expiry(request)) {
    return error_set(error, SS_INVALID_ARGUMENT,
                     "expected metadata, expires_at or ttl_ms to update, got none of them");
  }
  return SS_OK;
}

static ss_status check_request(update_plan *plan, ss_error *error) {
  const ss_update_request *request = plan->request;
  change *self = &plan->change;
  byte_buffer *compact = &self->scratch->metadata;
  GUARD(request_check(request, sizeof *request, error));
  GUARD(request_check_namespace(request->namespace_name, &self->namespace_name, error));
  GUARD(request_check_name(request->name, &self->name, error));
  GUARD(request_check_caller(request->caller, &self->actor, error));
  GUARD(request_check_revision(request->if_revision, error));
  GUARD(request_check_metadata(request->metadata, request->metadata_json, compact, error));
  if (request->metadata == SS_SET) {
    plan->metadata = (text_view){(const char *)compact->data, compact->length};
  }
  return check_fields(request, error);
}

/* ---- The new row --------------------------------------------------------------------------- */

static ss_status propose_expiry(change *self, const ss_update_request *request, ss_error *error) {
  policy_subject *subject = &self->gate->subject;
  subject->writes_expiry = changes_expiry(request);
  self->expiry_follows_now = request->ttl == SS_SET;
  subject->expires_at = SS_NO_EXPIRY;
  if (!subject->writes_expiry && self->found) subject->expires_at = self->current.expires_at;
  if (request->expires_at_change == SS_SET) subject->expires_at = request->expires_at;
  if (request->ttl != SS_SET) return SS_OK;
  return request_expiry(subject->now, request->ttl_ms, &subject->expires_at, error);
}

/* The same for a secret that is not there as for one that is. Fields that stay are not judged: a
 * policy may have come since. */
static ss_status propose_update(change *self, ss_error *error) {
  const update_plan *plan = self->context;
  policy_subject *subject = &self->gate->subject;
  subject->writes_metadata = plan->request->metadata != SS_KEEP;
  subject->metadata = subject->writes_metadata ? plan->metadata : change_kept_metadata(self);
  return propose_expiry(self, plan->request, error);
}

/* {"changed":[...]}, and the key versions if the rewrap moved the secret to the active key. */
static ss_status describe_changes(const change *self, const ss_update_request *request,
                                  text_view *detail, ss_error *error) {
  byte_buffer *text = &self->scratch->detail;
  const bool both = request->metadata != SS_KEEP && changes_expiry(request);
  buffer_reset(text);
  buffer_append_text(text, "{\"changed\":[");
  if (request->metadata != SS_KEEP) buffer_append_text(text, "\"metadata\"");
  if (both) buffer_append_text(text, ",");
  if (changes_expiry(request)) buffer_append_text(text, "\"expiry\"");
  buffer_append_text(text, "]");
  if (self->current.key_version != self->row.key_version) {
    buffer_append_text(text, ",\"previousKeyVersion\":");
    buffer_append_integer(text, self->current.key_version);
    buffer_append_text(text, ",\"newKeyVersion\":");
    buffer_append_integer(text, self->row.key_version);
  }
  buffer_append_text(text, "}");
  *detail = (text_view){(const char *)text->data, text->length};
  return buffer_status(text, error);
}

/* ---- The call ------------------------------------------------------------------------------ */

static ss_status update_body(void *context, transaction *tx, bool *changed, ss_error *error) {
  update_plan *plan = context;
  change *self = &plan->change;
  text_view detail;
  GUARD(change_find(self, tx, false, error));
  GUARD(change_check_revision(self, plan->request->if_revision, error));
  *changed = self->found;
  if (!self->found) return SS_OK;
  GUARD(change_authenticate(self, error));
  GUARD(change_compose(self, CHANGE_EDITS, error));
  GUARD(change_compare(self, error));
  GUARD(describe_changes(self, plan->request, &detail, error));
  return change_apply(self, &self->key, detail, error);
}

static void report(const change *self, ss_update_result *result) {
  if (!self->found) return;
  *result = (ss_update_result){
      .updated = true,
      .updated_at = self->row.updated_at,
      .expires_at = self->row.expires_at,
      .revision = self->row.revision,
  };
}

static ss_status update_in(store_call *call, const ss_update_request *request,
                           ss_update_result *result) {
  update_plan plan ON_SCOPE_EXIT(update_plan_clear) = {.request = request};
  scratch *with = NULL;
  GUARD(store_call_scratch(call, &with));
  change_begin(&plan.change, call->store, with, &plan.gate);
  plan.change.propose = propose_update;
  plan.change.context = &plan;
  GUARD(check_request(&plan, call->error));
  GUARD(gate_begin(&plan.gate, call->store, "update", request->caller, call->error));
  GUARD(change_foresee(&plan.change, call->error));
  GUARD(transaction_run(call->store, with, &plan.gate, update_body, &plan, call->error));
  report(&plan.change, result);
  return SS_OK;
}

ss_status ss_update(ss_store *store, const ss_update_request *request, ss_update_result *result,
                    ss_error *error) {
  ss_update_result reported = {0};
  if (result != NULL) *result = reported;
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_UPDATE, &call, error));
  const ss_status status = update_in(&call, request, &reported);
  if (result != NULL) *result = reported;
  return store_leave(&call, status);
}
