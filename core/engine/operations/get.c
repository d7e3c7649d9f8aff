/* get and has: point reads.
 *
 * The value is decrypted straight out of the database's page into the memory that the caller gets:
 * no copy of the plaintext is made on the way. */
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "engine/change/gate.h"
#include "engine/change/row.h"
#include "engine/operations/arguments.h"
#include "engine/operations/verified_read.h"

/* A checked request. */
typedef struct get_plan {
  text_view namespace_name;
  text_view name;
  gate gate;
} get_plan;

static void get_plan_clear(get_plan *plan) { gate_end(&plan->gate); }

static ss_status check_request(const ss_get_request *request, get_plan *plan, ss_error *error) {
  text_view actor;
  *plan = (get_plan){0};
  GUARD(request_check(request, sizeof *request, error));
  GUARD(request_check_namespace(request->namespace_name, &plan->namespace_name, error));
  GUARD(request_check_name(request->name, &plan->name, error));
  return request_check_caller(request->caller, &actor, error);
}

/* ---- get ----------------------------------------------------------------------------------- */

/* One allocation: value, NUL, metadata, NUL. */
static ss_status allocate_result(const secret_record *row, ss_get_result *result, ss_error *error) {
  if (row->value.length < GCM_TAG_BYTES) {
    return error_set(error, SS_DECRYPTION_FAILED, "the stored value is shorter than its tag");
  }
  const size_t value_length = row->value.length - GCM_TAG_BYTES;
  const size_t metadata_length = row->metadata.data == NULL ? 0 : row->metadata.length + 1;
  const size_t length = value_length + 1 + metadata_length;
  unsigned char *memory = memory_new_unfilled(length);
  if (memory == NULL) return error_out_of_memory(error);
  memory[value_length] = '\0';
  *result = (ss_get_result){
      .value = memory,
      .value_length = value_length,
      .expires_at = row->expires_at,
      .created_at = row->created_at,
      .updated_at = row->updated_at,
      .revision = row->revision,
      .key_version = row->key_version,
      .allocated_length = length,
  };
  if (metadata_length > 0) {
    char *metadata = (char *)memory + value_length + 1;
    memcpy(metadata, row->metadata.data, row->metadata.length);
    metadata[row->metadata.length] = '\0';
    result->metadata_json = metadata;
  }
  return SS_OK;
}

static ss_status open_row(store_call *call, const get_plan *plan, const secret_record *row,
                          ss_get_result *result) {
  scratch *with = call->scratch;
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  const bool expired = row_is_expired(row, clock_now_ms(&call->store->clock));
  const ss_status status =
      row_unwrap_dek(call->store, with, plan->namespace_name, plan->name, row, &key, call->error);
  /* An expired row is authenticated like any other where that is possible. */
  if (status == SS_OK && expired) {
    result->reason = SS_EXPIRED;
    return SS_OK;
  }
  if (status == SS_KEY_VERSION_UNAVAILABLE) {
    result->reason = expired ? SS_EXPIRED : SS_KEY_VERSION_UNAVAILABLE;
    result->key_version = row->key_version;
    return SS_OK;
  }
  GUARD(status);
  GUARD(allocate_result(row, result, call->error));
  return envelope_open_value(with->envelope, &key, row->iv, plan->namespace_name, plan->name,
                             row->value, result->value, call->error);
}

/* Until what was read is of a state that was looked at. */
static ss_status look_up_plainly(store_call *call, const get_plan *plan, secret_part part,
                                 reading *session, secret_record *row, bool *found) {
  bool again = true;
  GUARD(reading_begin(call, session));
  while (again) {
    GUARD(storage_look_up_secret(session->session, plan->namespace_name, plan->name, part, row,
                                 found, call->error));
    GUARD(reading_settle(session, &again, call->error));
  }
  return SS_OK;
}

static ss_status look_up(store_call *call, const get_plan *plan, secret_part part,
                         verified_read *read, secret_record *row, bool *found) {
  if (!call->store->verifies_reads) {
    return look_up_plainly(call, plan, part, &read->session, row, found);
  }
  GUARD(verified_read_begin(call, plan->namespace_name, read));
  return verified_read_find(read, plan->name, part, row, found, call->error);
}

static ss_status get_in(store_call *call, const ss_get_request *request, ss_get_result *result) {
  get_plan plan ON_SCOPE_EXIT(get_plan_clear) = {0};
  verified_read read ON_SCOPE_EXIT(verified_read_end) = {0};
  secret_record row = {0};
  scratch *with = NULL;
  bool found = false;
  GUARD(check_request(request, &plan, call->error));
  GUARD(gate_begin(&plan.gate, call->store, "get", request->caller, call->error));
  /* Before the row is read: it is opened with the keys of then, though others be given meanwhile, when
   * all rows have moved on from what this call saw. */
  GUARD(store_call_scratch(call, &with));
  GUARD(look_up(call, &plan, SECRET_WHOLE, &read, &row, &found));
  GUARD(gate_pass(&plan.gate, plan.namespace_name, plan.name, found ? &row : NULL, call->error));
  if (found) return open_row(call, &plan, &row, result);
  result->reason = SS_NOT_FOUND;
  return SS_OK;
}

ss_status ss_get(ss_store *store, const ss_get_request *request, ss_get_result *result,
                 ss_error *error) {
  if (result == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "result: expected a place for it, got none");
  }
  *result = (ss_get_result){0};
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_GET, &call, error));
  const ss_status status = get_in(&call, request, result);
  if (status != SS_OK) ss_get_result_clear(result);
  /* Why there is no value is a result here: no message stays behind. */
  if (status == SS_OK && result->reason != SS_OK) error_clear(error);
  return store_leave(&call, status);
}

static ss_status reason_as_error(const ss_get_request *request, const ss_get_result *result,
                                 ss_error *error) {
  const text_view name = text_view_of(request->name);
  const int shown = QUOTED_LENGTH(name.length);
  switch (result->reason) {
    case SS_OK: return SS_OK;
    case SS_NOT_FOUND:
      return error_set(error, SS_NOT_FOUND, "secret \"%.*s\": not found", shown, name.data);
    case SS_EXPIRED:
      return error_set(error, SS_EXPIRED, "secret \"%.*s\": it has expired", shown, name.data);
    default:
      return error_set(error, result->reason,
                       "secret \"%.*s\": key version %lld is not among the configured keys", shown,
                       name.data, (long long)result->key_version);
  }
}

ss_status ss_get_or_throw(ss_store *store, const ss_get_request *request, ss_get_result *result,
                          ss_error *error) {
  GUARD(ss_get(store, request, result, error));
  const ss_status status = reason_as_error(request, result, error);
  if (status != SS_OK) *result = (ss_get_result){0};
  return status;
}

void ss_get_result_clear(ss_get_result *result) {
  if (result == NULL) return;
  memory_wipe_and_free(result->value, result->allocated_length);
  *result = (ss_get_result){0};
}

/* ---- has ----------------------------------------------------------------------------------- */

static ss_status has_in(store_call *call, const ss_get_request *request, bool *found) {
  get_plan plan ON_SCOPE_EXIT(get_plan_clear) = {0};
  verified_read read ON_SCOPE_EXIT(verified_read_end) = {0};
  secret_record row = {0};
  bool exists = false;
  GUARD(check_request(request, &plan, call->error));
  GUARD(gate_begin(&plan.gate, call->store, "has", request->caller, call->error));
  GUARD(look_up(call, &plan, SECRET_HEADER, &read, &row, &exists));
  GUARD(gate_pass(&plan.gate, plan.namespace_name, plan.name, exists ? &row : NULL, call->error));
  *found = exists && !row_is_expired(&row, clock_now_ms(&call->store->clock));
  return SS_OK;
}

ss_status ss_has(ss_store *store, const ss_get_request *request, bool *found, ss_error *error) {
  if (found == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "found: expected a place for it, got none");
  }
  *found = false;
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_HAS, &call, error));
  return store_leave(&call, has_in(&call, request, found));
}
