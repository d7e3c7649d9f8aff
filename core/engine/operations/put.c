/* put and put_batch: create secrets or replace their values.
 *
 * The value is sealed before the transaction begins, since it depends on nothing in the store and
 * may be large. The rest is a change like any other (change.h).
 *
 * A row that is replaced hands on its id, revision and creation time, and its metadata and expiry
 * unless the request says otherwise. So it is authenticated first: a forged field would otherwise
 * come out of the put with a good seal. If its key is not configured it cannot be; then the put
 * goes on only if nothing that matters is inherited, that is, if it gives metadata and expiry. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "engine/change/change.h"
#include "engine/change/row.h"
#include "engine/operations/arguments.h"

/* A put on its way: the checked request, the sealed value, and what becomes of the row. */
typedef struct put_plan {
  const ss_put_request *request;
  text_view metadata; /* as it was given, compact; absent: none was */
  dek key;
  unsigned char iv[GCM_IV_BYTES];
  unsigned char value_digest[SHA256_BYTES];
  gate gate;
  change change;
} put_plan;

static void put_plan_clear(put_plan *plan) {
  gate_end(&plan->gate);
  change_clear(&plan->change);
  dek_clear(&plan->key);
}

/* ---- Before the transaction ---------------------------------------------------------------- */

static ss_status check_value(const ss_store *store, const ss_put_request *request,
                             ss_error *error) {
  if (request->value == NULL && request->value_length > 0) {
    return error_set(error, SS_INVALID_ARGUMENT, "value: expected %zu bytes, got none",
                     request->value_length);
  }
  if (request->value_length <= store->max_value_bytes) return SS_OK;
  return error_set(error, SS_VALUE_TOO_LARGE, "value: expected at most %zu bytes, got %zu",
                   store->max_value_bytes, request->value_length);
}

static ss_status check_request(put_plan *plan, ss_error *error) {
  const ss_put_request *request = plan->request;
  change *self = &plan->change;
  byte_buffer *compact = &self->scratch->metadata;
  GUARD(request_check_namespace(request->namespace_name, &self->namespace_name, error));
  GUARD(request_check_name(request->name, &self->name, error));
  GUARD(request_check_caller(request->caller, &self->actor, error));
  GUARD(request_check_revision(request->if_revision, error));
  GUARD(request_check_ms("ttl_ms", request->ttl, request->ttl_ms, error));
  GUARD(request_check_metadata(request->metadata, request->metadata_json, compact, error));
  if (request->metadata == SS_SET) {
    plan->metadata = (text_view){(const char *)compact->data, compact->length};
  }
  return check_value(self->store, request, error);
}

/* One draw for all: the DEK and the IV that the value is sealed with, and the first wrap's. */
static ss_status draw_randomness(put_plan *plan, ss_error *error) {
  unsigned char drawn[DEK_BYTES + 2 * GCM_IV_BYTES];
  GUARD(random_public(drawn, sizeof drawn, error));
  memcpy(plan->key.bytes, drawn, DEK_BYTES);
  memcpy(plan->iv, drawn + DEK_BYTES, GCM_IV_BYTES);
  memcpy(plan->change.wrapped.iv, drawn + DEK_BYTES + GCM_IV_BYTES, GCM_IV_BYTES);
  plan->change.has_drawn_iv = true;
  memory_wipe(drawn, sizeof drawn);
  return SS_OK;
}

static ss_status seal_value(put_plan *plan, ss_error *error) {
  const ss_put_request *request = plan->request;
  scratch *with = plan->change.scratch;
  GUARD(draw_randomness(plan, error));
  unsigned char *sealed = buffer_extend(&with->sealed, request->value_length + GCM_TAG_BYTES);
  GUARD(buffer_status(&with->sealed, error));
  const byte_view value = {request->value, request->value_length};
  GUARD(envelope_seal_value(with->envelope, &plan->key, plan->iv, plan->change.namespace_name,
                            plan->change.name, value, sealed, error));
  return envelope_digest_value(&plan->change.store->suite, (byte_view){plan->iv, sizeof plan->iv},
                               buffer_view(&with->sealed), plan->value_digest, error);
}

/* ---- What it proposes ---------------------------------------------------------------------- */

/* What the policy makes of expires_at, where none was asked for, is a default of its own. */
static ss_status propose_expiry(change *self, const ss_put_request *request, ss_error *error) {
  policy_subject *subject = &self->gate->subject;
  const bool is_kept = self->found && !row_is_expired(&self->current, subject->now);
  subject->writes_expiry = true;
  subject->omits_expiry = request->ttl == SS_KEEP && !is_kept;
  self->expiry_follows_now = request->ttl == SS_SET || subject->omits_expiry;
  subject->expires_at = SS_NO_EXPIRY;
  if (request->ttl == SS_CLEAR) return SS_OK;
  if (request->ttl == SS_SET) {
    return request_expiry(subject->now, request->ttl_ms, &subject->expires_at, error);
  }
  if (is_kept) subject->expires_at = self->current.expires_at;
  if (is_kept || !self->store->has_default_ttl) return SS_OK;
  return request_expiry(subject->now, self->store->default_ttl_ms, &subject->expires_at, error);
}

static ss_status propose_put(change *self, ss_error *error) {
  const put_plan *plan = self->context;
  const ss_put_request *request = plan->request;
  policy_subject *subject = &self->gate->subject;
  subject->writes_metadata = true;
  subject->metadata = request->metadata == SS_KEEP ? change_kept_metadata(self) : plan->metadata;
  subject->has_value = true;
  subject->value = (byte_view){request->value, request->value_length};
  return propose_expiry(self, request, error);
}

/* ---- Within it ----------------------------------------------------------------------------- */

static bool inherits_nothing(const ss_put_request *request) {
  return request->metadata != SS_KEEP && request->ttl != SS_KEEP;
}

/* What an overwrite takes over must be authentic. */
static ss_status check_inheritance(put_plan *plan, ss_error *error) {
  change *self = &plan->change;
  const ss_status status = change_authenticate(self, error);
  if (status != SS_KEY_VERSION_UNAVAILABLE) return status;
  if (inherits_nothing(plan->request)) return SS_OK;
  return error_set(error, SS_KEY_VERSION_UNAVAILABLE,
                   "secret \"%.*s\": key version %lld is not among the configured keys, so the "
                   "metadata and expiry to be kept cannot be authenticated; give both to replace "
                   "the secret",
                   QUOTED_LENGTH(self->name.length), self->name.data,
                   (long long)self->current.key_version);
}

/* {"changed":[...]} for the event of an overwrite; a creation's says nothing. */
static ss_status describe_changes(const change *self, text_view *detail, ss_error *error) {
  byte_buffer *text = &self->scratch->detail;
  if (!self->found) return SS_OK;
  buffer_reset(text);
  buffer_append_text(text, "{\"changed\":[\"value\"");
  if (!text_view_equals(self->current.metadata, self->row.metadata)) {
    buffer_append_text(text, ",\"metadata\"");
  }
  if (self->current.expires_at != self->row.expires_at) buffer_append_text(text, ",\"expiry\"");
  buffer_append_text(text, "]}");
  *detail = (text_view){(const char *)text->data, text->length};
  return buffer_status(text, error);
}

static ss_status put_sealed(put_plan *plan, transaction *tx, ss_error *error) {
  change *self = &plan->change;
  text_view detail = {0};
  GUARD(change_find(self, tx, true, error));
  GUARD(change_check_revision(self, plan->request->if_revision, error));
  if (self->found) {
    GUARD(check_inheritance(plan, error));
    GUARD(change_compare(self, error));
  }
  GUARD(change_compose(self, self->found ? CHANGE_REPLACES : CHANGE_CREATES, error));
  self->row.iv = (byte_view){plan->iv, sizeof plan->iv};
  self->row.value = buffer_view(&self->scratch->sealed);
  self->row.value_digest = (byte_view){plan->value_digest, sizeof plan->value_digest};
  GUARD(describe_changes(self, &detail, error));
  return change_apply(self, &plan->key, detail, error);
}

static void report(const change *self, ss_put_result *result) {
  *result = (ss_put_result){
      .created_at = self->row.created_at,
      .updated_at = self->row.updated_at,
      .expires_at = self->row.expires_at,
      .revision = self->row.revision,
      .is_new = !self->found,
  };
  row_format_secret_id(self->row.id, result->secret_id);
}

/* ---- Calls --------------------------------------------------------------------------------- */

static ss_status prepare(put_plan *plan, ss_store *store, scratch *with,
                         const ss_put_request *request, ss_error *error) {
  *plan = (put_plan){.request = request};
  scratch_reset(with);
  change_begin(&plan->change, store, with, &plan->gate);
  plan->change.propose = propose_put;
  plan->change.context = plan;
  GUARD(check_request(plan, error));
  GUARD(gate_begin(&plan->gate, store, "put", request->caller, error));
  return seal_value(plan, error);
}

static ss_status put_body(void *context, transaction *tx, bool *changed, ss_error *error) {
  *changed = true;
  return put_sealed(context, tx, error);
}

static ss_status put_in(store_call *call, const ss_put_request *request, ss_put_result *result) {
  put_plan plan ON_SCOPE_EXIT(put_plan_clear) = {0};
  scratch *with = NULL;
  GUARD(request_check(request, sizeof *request, call->error));
  GUARD(store_call_scratch(call, &with));
  GUARD(prepare(&plan, call->store, with, request, call->error));
  GUARD(change_foresee(&plan.change, call->error));
  GUARD(transaction_run(call->store, with, &plan.gate, put_body, &plan, call->error));
  if (result != NULL) report(&plan.change, result);
  return SS_OK;
}

/* Which of several requests a failure is about. */
static ss_status blame_request(size_t index, ss_status status, ss_error *error) {
  if (error == NULL) return status;
  ss_error original = *error;
  (void)error_set(error, status, "request %zu: %s", index, original.message);
  memcpy(error->policy_location, original.policy_location, sizeof error->policy_location);
  return status;
}

typedef struct put_batch {
  const ss_put_request *requests;
  size_t count;
  size_t *order;    /* in which they are put */
  text_view *names; /* of their secrets, in that order */
  ss_put_result *results;
  gate gate; /* of the first request's caller, who is asked where keys are to be admitted */
} put_batch;

static void put_batch_clear(put_batch *self) {
  gate_end(&self->gate);
  memory_free(self->order);
  memory_free(self->names);
  memory_free(self->results);
}

static text_view namespace_at(const put_batch *self, size_t i) {
  return text_view_of(self->requests[self->order[i]].namespace_name);
}

/* Where the requests for the namespace of the first one end; their secrets' names are filled in. */
static size_t name_neighbours(const put_batch *self, size_t first) {
  size_t end = first;
  do {
    self->names[end] = text_view_of(self->requests[self->order[end]].name);
    end++;
  } while (end < self->count &&
           text_view_equals(namespace_at(self, end), namespace_at(self, first)));
  return end;
}

static ss_status put_next(const put_batch *self, size_t next, size_t end, transaction *tx,
                          ss_error *error) {
  put_plan plan ON_SCOPE_EXIT(put_plan_clear) = {0};
  const size_t index = self->order[next];
  GUARD(storage_session_check(tx->session, error));
  GUARD(prepare(&plan, tx->store, tx->scratch, &self->requests[index], error));
  plan.change.reads = &self->names[next];
  plan.change.read_count = end - next;
  GUARD(put_sealed(&plan, tx, error));
  report(&plan.change, &self->results[index]);
  return SS_OK;
}

static ss_status put_batch_body(void *context, transaction *tx, bool *changed, ss_error *error) {
  put_batch *self = context;
  *changed = true;
  for (size_t i = 0, end = 0; i < self->count; i++) {
    if (i == end) end = name_neighbours(self, i);
    const ss_status status = put_next(self, i, end, tx, error);
    if (status != SS_OK) return blame_request(self->order[i], status, error);
  }
  return SS_OK;
}

/* Namespaces are locked in the order of their names; within one, requests keep their order. */
static int compare_requests(const void *a, const void *b, void *context) {
  const ss_put_request *requests = context;
  const size_t x = *(const size_t *)a;
  const size_t y = *(const size_t *)b;
  const int order = text_view_compare(text_view_of(requests[x].namespace_name),
                                      text_view_of(requests[y].namespace_name));
  return order != 0 ? order : (x > y) - (x < y);
}

static ss_status check_batch(const ss_put_request *requests, size_t count, ss_error *error) {
  if (requests == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "requests: expected %zu, got none", count);
  }
  for (size_t i = 0; i < count; i++) {
    const ss_status status = request_check(&requests[i], sizeof requests[i], error);
    if (status != SS_OK) return blame_request(i, status, error);
  }
  return SS_OK;
}

static ss_status put_batch_in(store_call *call, const ss_put_request *requests, size_t count,
                              ss_put_result *results) {
  scratch *with = NULL;
  if (count == 0) return SS_OK;
  GUARD(check_batch(requests, count, call->error));
  GUARD(store_call_scratch(call, &with));
  put_batch batch ON_SCOPE_EXIT(put_batch_clear) = {.requests = requests, .count = count};
  batch.order = memory_new_unfilled(count * sizeof *batch.order);
  batch.results = memory_new_unfilled(count * sizeof *batch.results);
  batch.names = memory_new_unfilled(count * sizeof *batch.names);
  if (batch.order == NULL || batch.results == NULL || batch.names == NULL) {
    return error_out_of_memory(call->error);
  }
  for (size_t i = 0; i < count; i++) batch.order[i] = i;
  qsort_r(batch.order, count, sizeof *batch.order, compare_requests, (void *)(uintptr_t)requests);
  GUARD(gate_begin(&batch.gate, call->store, "put", requests[0].caller, call->error));
  GUARD(transaction_run(call->store, with, &batch.gate, put_batch_body, &batch, call->error));
  if (results != NULL) memcpy(results, batch.results, count * sizeof *results);
  return SS_OK;
}

ss_status ss_put_batch(ss_store *store, const ss_put_request *requests, size_t count,
                       ss_put_result *results, ss_error *error) {
  if (results != NULL) memset(results, 0, count * sizeof *results);
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_PUT_BATCH, &call, error));
  return store_leave(&call, put_batch_in(&call, requests, count, results));
}

ss_status ss_put(ss_store *store, const ss_put_request *request, ss_put_result *result,
                 ss_error *error) {
  if (result != NULL) *result = (ss_put_result){0};
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_PUT, &call, error));
  return store_leave(&call, put_in(&call, request, result));
}
