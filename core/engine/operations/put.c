/* put and put_batch: create secrets or replace their values.
 *
 * The value is sealed before the transaction begins, since it depends on nothing in the store and
 * may be large. Within the transaction: lock the namespace, look at the row there is, decide what
 * the new row says, ask the policy, wrap the DEK with it, write row and event.
 *
 * The policy is asked before anything is told of the row that is there: its revision, whether its
 * key is configured, whether it is authentic. So what it judges may be forged, but then nothing is
 * written.
 *
 * A row that is replaced hands on its id, revision and creation time, and its metadata and expiry
 * unless the request says otherwise. So it is authenticated first: a forged field would otherwise
 * come out of the put with a good seal. If its key is not configured it cannot be; then the put
 * goes on only if nothing that matters is inherited, that is, if it gives metadata and expiry. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "engine/change/gate.h"
#include "engine/change/row.h"
#include "engine/change/transaction.h"
#include "engine/operations/arguments.h"

/* A put on its way: the checked request, and the sealed value. */
typedef struct put_plan {
  const ss_put_request *request;
  text_view namespace_name;
  text_view name;
  text_view actor;
  dek key;
  unsigned char iv[GCM_IV_BYTES];
  wrapped_key wrapped; /* its iv is chosen at once, its bytes come within the transaction */
  gate gate;
} put_plan;

static void put_plan_clear(put_plan *plan) {
  gate_end(&plan->gate);
  memory_wipe(plan, sizeof *plan);
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

static ss_status check_request(const ss_store *store, const ss_put_request *request, worker *with,
                               put_plan *plan, ss_error *error) {
  *plan = (put_plan){.request = request};
  GUARD(request_check(request, sizeof *request, error));
  GUARD(request_check_namespace(request->namespace_name, &plan->namespace_name, error));
  GUARD(request_check_name(request->name, &plan->name, error));
  GUARD(request_check_caller(request->caller, &plan->actor, error));
  GUARD(request_check_revision(request->if_revision, error));
  GUARD(request_check_ms("ttl_ms", request->ttl, request->ttl_ms, error));
  GUARD(request_check_metadata(request->metadata, request->metadata_json, &with->metadata, error));
  return check_value(store, request, error);
}

/* One call for all the randomness of a put. */
static ss_status draw_randomness(put_plan *plan, ss_error *error) {
  unsigned char drawn[DEK_BYTES + 2 * GCM_IV_BYTES];
  GUARD(random_public(drawn, sizeof drawn, error));
  memcpy(plan->key.bytes, drawn, DEK_BYTES);
  memcpy(plan->iv, drawn + DEK_BYTES, GCM_IV_BYTES);
  memcpy(plan->wrapped.iv, drawn + DEK_BYTES + GCM_IV_BYTES, GCM_IV_BYTES);
  memory_wipe(drawn, sizeof drawn);
  return SS_OK;
}

static ss_status seal_value(put_plan *plan, worker *with, ss_error *error) {
  const ss_put_request *request = plan->request;
  GUARD(draw_randomness(plan, error));
  unsigned char *sealed = buffer_extend(&with->sealed, request->value_length + GCM_TAG_BYTES);
  GUARD(buffer_status(&with->sealed, error));
  const byte_view value = {request->value, request->value_length};
  return envelope_seal_value(with->envelope, &plan->key, plan->iv, plan->namespace_name, plan->name,
                             value, sealed, error);
}

/* ---- Within it ----------------------------------------------------------------------------- */

static bool inherits_nothing(const ss_put_request *request) {
  return request->metadata != SS_KEEP && request->ttl != SS_KEEP;
}

static ss_status authenticate_inheritance(transaction *tx, const put_plan *plan,
                                          const secret_record *current, ss_error *error) {
  dek old_key ON_SCOPE_EXIT(dek_clear) = {0};
  const ss_status status = row_unwrap_dek(tx->store, tx->worker->envelope, plan->namespace_name,
                                          plan->name, current, &old_key, error);
  if (status != SS_KEY_VERSION_UNAVAILABLE) return status;
  if (inherits_nothing(plan->request)) return SS_OK;
  return error_set(error, SS_KEY_VERSION_UNAVAILABLE,
                   "secret \"%.*s\": key version %lld is not among the configured keys, so the "
                   "metadata and expiry to be kept cannot be authenticated; give both to replace "
                   "the secret",
                   QUOTED_LENGTH(plan->name.length), plan->name.data,
                   (long long)current->key_version);
}

/* current is NULL on create. */
static ss_status choose_expiry(const transaction *tx, const ss_put_request *request,
                               const secret_record *current, int64_t *expires_at, ss_error *error) {
  *expires_at = SS_NO_EXPIRY;
  if (request->ttl == SS_CLEAR) return SS_OK;
  if (request->ttl == SS_SET) return request_expiry(tx->now, request->ttl_ms, expires_at, error);
  if (current != NULL && !row_is_expired(current, tx->now)) {
    *expires_at = current->expires_at;
    return SS_OK;
  }
  if (!tx->store->has_default_ttl) return SS_OK;
  return request_expiry(tx->now, tx->store->default_ttl_ms, expires_at, error);
}

/* The text is moved into the worker's buffer: current's views end with the next storage call. */
static text_view choose_metadata(worker *with, const ss_put_request *request,
                                 const secret_record *current) {
  if (request->metadata == SS_KEEP && current != NULL && current->metadata.data != NULL) {
    buffer_append(&with->metadata, current->metadata.data, current->metadata.length);
  }
  const bool absent = with->metadata.length == 0;
  return (text_view){absent ? NULL : (const char *)with->metadata.data, with->metadata.length};
}

static ss_status compose_row(transaction *tx, const put_plan *plan, const secret_record *current,
                             secret_record *row, ss_error *error) {
  worker *with = tx->worker;
  const bool is_new = current == NULL;
  *row = (secret_record){
      .id = is_new ? 0 : current->id,
      .namespace_id = tx->namespace_row.id,
      .name = plan->name,
      .format = STORAGE_SECRET_FORMAT,
      .revision = 1,
      .key_version = keyring_active(&tx->store->keyring)->version,
      .created_at = is_new ? tx->now : current->created_at,
      .updated_at = !is_new && current->updated_at > tx->now ? current->updated_at : tx->now,
      .iv = {plan->iv, sizeof plan->iv},
      .dek_iv = {plan->wrapped.iv, sizeof plan->wrapped.iv},
      .wrapped_dek = {plan->wrapped.bytes, sizeof plan->wrapped.bytes},
      .value = buffer_view(&with->sealed),
  };
  GUARD(choose_expiry(tx, plan->request, current, &row->expires_at, error));
  row->metadata = choose_metadata(with, plan->request, current);
  return buffer_status(&with->metadata, error);
}

/* Appends {"changed":[...]} for the event of an overwrite. */
static ss_status describe_changes(worker *with, const secret_record *current,
                                  const secret_record *row, ss_error *error) {
  buffer_append_text(&with->detail, "{\"changed\":[\"value\"");
  if (!text_view_equals(current->metadata, row->metadata)) {
    buffer_append_text(&with->detail, ",\"metadata\"");
  }
  if (current->expires_at != row->expires_at) buffer_append_text(&with->detail, ",\"expiry\"");
  buffer_append_text(&with->detail, "]}");
  return buffer_status(&with->detail, error);
}

/* What the policy says of the row to be; it may set a default expiry and change metadata. */
static ss_status pass_gate(const transaction *tx, put_plan *plan, const secret_record *current,
                           secret_record *row, ss_error *error) {
  const ss_put_request *request = plan->request;
  policy_subject *subject = &plan->gate.subject;
  if (gate_is_open(&plan->gate)) return SS_OK;
  gate_set_target(&plan->gate, plan->namespace_name, plan->name, current);
  subject->now = tx->now;
  subject->writes_expiry = true;
  subject->omits_expiry =
      request->ttl == SS_KEEP && (current == NULL || row_is_expired(current, tx->now));
  subject->expires_at = row->expires_at;
  subject->writes_metadata = true;
  subject->metadata = row->metadata;
  subject->has_value = true;
  subject->value = (byte_view){request->value, request->value_length};
  GUARD(gate_judge(&plan->gate, error));
  row->expires_at = subject->expires_at;
  row->metadata = subject->metadata;
  return SS_OK;
}

static ss_status wrap_dek(transaction *tx, put_plan *plan, const secret_record *row,
                          ss_error *error) {
  GUARD(transaction_take_wrap(tx, error));
  const dek_binding binding = row_binding(tx->store, plan->namespace_name, plan->name, row);
  return envelope_wrap_dek(tx->worker->envelope, &binding, &plan->key, &plan->wrapped, error);
}

static ss_status write_row(transaction *tx, put_plan *plan, secret_record *row, bool is_new,
                           ss_error *error) {
  if (is_new) GUARD(storage_next_secret_id(tx->session, &row->id, error));
  GUARD(wrap_dek(tx, plan, row, error));
  GUARD(is_new ? storage_insert_secret(tx->session, row, error)
               : storage_replace_secret(tx->session, row, error));
  const ss_event_type type = is_new ? SS_EVENT_CREATED : SS_EVENT_UPDATED;
  text_view detail = {is_new ? NULL : (const char *)tx->worker->detail.data,
                      tx->worker->detail.length};
  GUARD(gate_enrich(&plan->gate, type, &detail, error));
  const secret_change change = {
      .type = type,
      .secret_id = row->id,
      .name = plan->name,
      .actor = plan->actor,
      .detail = detail,
      .row = row,
  };
  return transaction_append(tx, &change, error);
}

static void report(const secret_record *row, bool is_new, ss_put_result *result) {
  if (result == NULL) return;
  *result = (ss_put_result){
      .created_at = row->created_at,
      .updated_at = row->updated_at,
      .expires_at = row->expires_at,
      .revision = row->revision,
      .is_new = is_new,
  };
  row_format_secret_id(row->id, result->secret_id);
}

/* What an overwrite takes over must be authentic. */
static ss_status check_existing(transaction *tx, const put_plan *plan, const secret_record *current,
                                secret_record *row, ss_error *error) {
  GUARD(authenticate_inheritance(tx, plan, current, error));
  GUARD(row_next_revision(plan->name, current, &row->revision, error));
  return describe_changes(tx->worker, current, row, error);
}

static ss_status put_sealed(transaction *tx, put_plan *plan, ss_put_result *result,
                            ss_error *error) {
  bool namespace_found = false;
  bool found = false;
  secret_record current = {0};
  GUARD(transaction_lock(tx, plan->namespace_name, true, &namespace_found, error));
  if (namespace_found) {
    GUARD(storage_find_secret_header(tx->session, tx->namespace_row.id, plan->name, &current,
                                     &found, error));
  }
  const secret_record *existing = found ? &current : NULL;
  secret_record row = {0};
  GUARD(compose_row(tx, plan, existing, &row, error));
  GUARD(pass_gate(tx, plan, existing, &row, error));
  GUARD(row_check_revision(plan->name, existing, plan->request->if_revision, error));
  if (found) GUARD(check_existing(tx, plan, &current, &row, error));
  GUARD(write_row(tx, plan, &row, !found, error));
  report(&row, !found, result);
  return SS_OK;
}

/* ---- Calls --------------------------------------------------------------------------------- */

static void reset_scratch(worker *with) {
  buffer_reset(&with->metadata);
  buffer_reset(&with->detail);
  buffer_reset(&with->sealed);
}

static ss_status put_one(ss_store *store, worker *with, const ss_put_request *request,
                         ss_put_result *result, ss_error *error) {
  put_plan plan ON_SCOPE_EXIT(put_plan_clear);
  GUARD(check_request(store, request, with, &plan, error));
  GUARD(gate_begin(&plan.gate, store, "put", request->caller, error));
  GUARD(seal_value(&plan, with, error));
  transaction tx ON_SCOPE_EXIT(transaction_clear) = {0};
  GUARD(transaction_begin(store, with, &tx, error));
  GUARD(put_sealed(&tx, &plan, result, error));
  return transaction_commit(&tx, error);
}

/* Which of several requests a failure is about. */
static ss_status blame_request(size_t index, ss_status status, ss_error *error) {
  if (error == NULL) return status;
  ss_error original = *error;
  (void)error_set(error, status, "request %zu: %s", index, original.message);
  memcpy(error->policy_location, original.policy_location, sizeof error->policy_location);
  return status;
}

static ss_status put_within(transaction *tx, const ss_put_request *request, ss_put_result *result,
                            ss_error *error) {
  put_plan plan ON_SCOPE_EXIT(put_plan_clear);
  reset_scratch(tx->worker);
  GUARD(check_request(tx->store, request, tx->worker, &plan, error));
  GUARD(gate_begin(&plan.gate, tx->store, "put", request->caller, error));
  GUARD(seal_value(&plan, tx->worker, error));
  return put_sealed(tx, &plan, result, error);
}

static ss_status put_several(ss_store *store, worker *with, const ss_put_request *requests,
                             size_t count, const size_t *order, ss_put_result *results,
                             ss_error *error) {
  transaction tx ON_SCOPE_EXIT(transaction_clear) = {0};
  GUARD(transaction_begin(store, with, &tx, error));
  for (size_t i = 0; i < count; i++) {
    const size_t index = order[i];
    GUARD(storage_session_check(tx.session, error));
    const ss_status status =
        put_within(&tx, &requests[index], results == NULL ? NULL : &results[index], error);
    if (status != SS_OK) return blame_request(index, status, error);
  }
  return transaction_commit(&tx, error);
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

static ss_status put_in_order(ss_store *store, worker *with, const ss_put_request *requests,
                              size_t count, ss_put_result *results, ss_error *error) {
  if (requests == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "requests: expected %zu, got none", count);
  }
  for (size_t i = 0; i < count; i++) {
    const ss_status status = request_check(&requests[i], sizeof requests[i], error);
    if (status != SS_OK) return blame_request(i, status, error);
  }
  size_t *order = memory_new_unfilled(count * sizeof *order);
  if (order == NULL) return error_out_of_memory(error);
  for (size_t i = 0; i < count; i++) order[i] = i;
  qsort_r(order, count, sizeof *order, compare_requests, (void *)(uintptr_t)requests);
  const ss_status status = put_several(store, with, requests, count, order, results, error);
  memory_free(order);
  return status;
}

ss_status ss_put_batch(ss_store *store, const ss_put_request *requests, size_t count,
                       ss_put_result *results, ss_error *error) {
  if (results != NULL) memset(results, 0, count * sizeof *results);
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_PUT_BATCH, &call, error));
  worker *with = NULL;
  ss_status status = worker_take(store, &with, error);
  if (status == SS_OK) {
    if (count > 0) status = put_in_order(store, with, requests, count, results, error);
    worker_return(store, with);
  }
  if (status != SS_OK && results != NULL) memset(results, 0, count * sizeof *results);
  return store_leave(&call, status, error);
}

ss_status ss_put(ss_store *store, const ss_put_request *request, ss_put_result *result,
                 ss_error *error) {
  if (result != NULL) *result = (ss_put_result){0};
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_PUT, &call, error));
  worker *with = NULL;
  ss_status status = worker_take(store, &with, error);
  if (status == SS_OK) {
    status = put_one(store, with, request, result, error);
    worker_return(store, with);
  }
  if (status != SS_OK && result != NULL) *result = (ss_put_result){0};
  return store_leave(&call, status, error);
}
