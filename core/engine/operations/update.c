/* update: change metadata, expiry or both. The value's ciphertext stays; the DEK is unwrapped,
 * which authenticates the row as it was, and wrapped again with what the row says now. */
#include "base/memory.h"
#include "base/status.h"
#include "engine/change/gate.h"
#include "engine/change/row.h"
#include "engine/change/transaction.h"
#include "engine/operations/arguments.h"

typedef struct update_plan {
  const ss_update_request *request;
  text_view namespace_name;
  text_view name;
  text_view actor;
  gate gate;
} update_plan;

static void update_plan_clear(update_plan *plan) { gate_end(&plan->gate); }

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

static ss_status check_request(const ss_update_request *request, worker *with, update_plan *plan,
                               ss_error *error) {
  *plan = (update_plan){.request = request};
  GUARD(request_check(request, sizeof *request, error));
  GUARD(request_check_namespace(request->namespace_name, &plan->namespace_name, error));
  GUARD(request_check_name(request->name, &plan->name, error));
  GUARD(request_check_caller(request->caller, &plan->actor, error));
  GUARD(request_check_revision(request->if_revision, error));
  GUARD(request_check_metadata(request->metadata, request->metadata_json, &with->metadata, error));
  return check_fields(request, error);
}

/* ---- The new row --------------------------------------------------------------------------- */

static ss_status choose_expiry(const transaction *tx, const ss_update_request *request,
                               const secret_record *current, int64_t *expires_at, ss_error *error) {
  const bool is_kept = !changes_expiry(request) && current != NULL;
  *expires_at = is_kept ? current->expires_at : SS_NO_EXPIRY;
  if (request->expires_at_change == SS_SET) *expires_at = request->expires_at;
  if (request->ttl == SS_SET) return request_expiry(tx->now, request->ttl_ms, expires_at, error);
  return SS_OK;
}

static text_view choose_metadata(worker *with, const ss_update_request *request,
                                 const secret_record *current) {
  if (request->metadata == SS_KEEP && current != NULL && current->metadata.data != NULL) {
    buffer_append(&with->metadata, current->metadata.data, current->metadata.length);
  }
  const bool absent = with->metadata.length == 0;
  return (text_view){absent ? NULL : (const char *)with->metadata.data, with->metadata.length};
}

/* What the policy judges: the same for a secret that is not there (current is NULL) as for one
 * that is. */
static ss_status choose_fields(transaction *tx, const update_plan *plan,
                               const secret_record *current, secret_record *chosen,
                               ss_error *error) {
  GUARD(choose_expiry(tx, plan->request, current, &chosen->expires_at, error));
  chosen->metadata = choose_metadata(tx->worker, plan->request, current);
  return buffer_status(&tx->worker->metadata, error);
}

/* {"changed":[...]}, and the key versions if the rewrap moved the secret to the active key. */
static ss_status describe_changes(worker *with, const ss_update_request *request,
                                  int64_t previous_key_version, int64_t new_key_version,
                                  ss_error *error) {
  byte_buffer *detail = &with->detail;
  const bool both = request->metadata != SS_KEEP && changes_expiry(request);
  buffer_append_text(detail, "{\"changed\":[");
  if (request->metadata != SS_KEEP) buffer_append_text(detail, "\"metadata\"");
  if (both) buffer_append_text(detail, ",");
  if (changes_expiry(request)) buffer_append_text(detail, "\"expiry\"");
  buffer_append_text(detail, "]");
  if (previous_key_version != new_key_version) {
    buffer_append_text(detail, ",\"previousKeyVersion\":");
    buffer_append_integer(detail, previous_key_version);
    buffer_append_text(detail, ",\"newKeyVersion\":");
    buffer_append_integer(detail, new_key_version);
  }
  buffer_append_text(detail, "}");
  return buffer_status(detail, error);
}

/* iv is copied: the views of current end with the next storage call. */
typedef struct new_row {
  secret_record record;
  wrapped_key wrapped;
  unsigned char iv[GCM_IV_BYTES];
} new_row;

/* Everything but the fields that were chosen and judged. */
static ss_status compose_row(transaction *tx, const update_plan *plan, const secret_record *current,
                             const secret_record *chosen, new_row *row, ss_error *error) {
  secret_record *record = &row->record;
  GUARD(random_public(row->wrapped.iv, sizeof row->wrapped.iv, error));
  if (current->iv.length != sizeof row->iv) {
    return error_set(error, SS_DECRYPTION_FAILED, "secret \"%.*s\": its IV has a wrong length",
                     QUOTED_LENGTH(plan->name.length), plan->name.data);
  }
  memcpy(row->iv, current->iv.data, sizeof row->iv);
  *record = *current;
  record->name = plan->name;
  record->key_version = keyring_active(&tx->store->keyring)->version;
  record->updated_at = current->updated_at > tx->now ? current->updated_at : tx->now;
  record->expires_at = chosen->expires_at;
  record->iv = (byte_view){row->iv, sizeof row->iv};
  record->dek_iv = (byte_view){row->wrapped.iv, sizeof row->wrapped.iv};
  record->wrapped_dek = (byte_view){row->wrapped.bytes, sizeof row->wrapped.bytes};
  record->metadata = chosen->metadata;
  return row_next_revision(plan->name, current, &record->revision, error);
}

/* What the policy says of the row to be, before anything is told of the one that is there. Fields
 * that stay are not judged: a policy may have come since. */
static ss_status pass_gate(const transaction *tx, update_plan *plan, const secret_record *current,
                           secret_record *chosen, ss_error *error) {
  policy_subject *subject = &plan->gate.subject;
  if (gate_is_open(&plan->gate)) return SS_OK;
  gate_set_target(&plan->gate, plan->namespace_name, plan->name, current);
  subject->now = tx->now;
  subject->writes_expiry = changes_expiry(plan->request);
  subject->expires_at = chosen->expires_at;
  subject->writes_metadata = plan->request->metadata != SS_KEEP;
  subject->metadata = chosen->metadata;
  GUARD(gate_judge(&plan->gate, error));
  chosen->metadata = subject->metadata;
  return SS_OK;
}

static ss_status rewrap(transaction *tx, update_plan *plan, const secret_record *current,
                        const secret_record *chosen, new_row *row, ss_error *error) {
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  envelope *sealer = tx->worker->envelope;
  GUARD(row_unwrap_dek(tx->store, sealer, plan->namespace_name, plan->name, current, &key, error));
  const int64_t previous_key_version = current->key_version;
  GUARD(compose_row(tx, plan, current, chosen, row, error));
  GUARD(transaction_take_wrap(tx, error));
  const dek_binding binding =
      row_binding(tx->store, plan->namespace_name, plan->name, &row->record);
  GUARD(envelope_wrap_dek(sealer, &binding, &key, &row->wrapped, error));
  return describe_changes(tx->worker, plan->request, previous_key_version, row->record.key_version,
                          error);
}

static ss_status write_row(transaction *tx, update_plan *plan, const new_row *row,
                           ss_error *error) {
  text_view detail = {(const char *)tx->worker->detail.data, tx->worker->detail.length};
  GUARD(gate_enrich(&plan->gate, SS_EVENT_UPDATED, &detail, error));
  GUARD(storage_rewrap_secret(tx->session, &row->record, error));
  const secret_change change = {
      .type = SS_EVENT_UPDATED,
      .secret_id = row->record.id,
      .name = plan->name,
      .actor = plan->actor,
      .detail = detail,
      .row = &row->record,
  };
  return transaction_append(tx, &change, error);
}

/* ---- The call ------------------------------------------------------------------------------ */

static ss_status update_in(transaction *tx, update_plan *plan, ss_update_result *result,
                           ss_error *error) {
  bool found = false;
  secret_record current = {0};
  GUARD(transaction_lock(tx, plan->namespace_name, false, &found, error));
  if (found) {
    GUARD(storage_find_secret_header(tx->session, tx->namespace_row.id, plan->name, &current,
                                     &found, error));
  }
  const secret_record *existing = found ? &current : NULL;
  secret_record chosen = {0};
  GUARD(choose_fields(tx, plan, existing, &chosen, error));
  GUARD(pass_gate(tx, plan, existing, &chosen, error));
  GUARD(row_check_revision(plan->name, existing, plan->request->if_revision, error));
  if (!found) return SS_OK;

  new_row row = {0};
  GUARD(rewrap(tx, plan, &current, &chosen, &row, error));
  GUARD(write_row(tx, plan, &row, error));
  *result = (ss_update_result){
      .updated = true,
      .updated_at = row.record.updated_at,
      .expires_at = row.record.expires_at,
      .revision = row.record.revision,
  };
  return SS_OK;
}

static ss_status update_with(ss_store *store, worker *with, const ss_update_request *request,
                             ss_update_result *result, ss_error *error) {
  update_plan plan ON_SCOPE_EXIT(update_plan_clear) = {0};
  GUARD(check_request(request, with, &plan, error));
  GUARD(gate_begin(&plan.gate, store, "update", request->caller, error));
  transaction tx ON_SCOPE_EXIT(transaction_clear) = {0};
  GUARD(transaction_begin(store, with, &tx, error));
  GUARD(update_in(&tx, &plan, result, error));
  return result->updated ? transaction_commit(&tx, error) : SS_OK;
}

ss_status ss_update(ss_store *store, const ss_update_request *request, ss_update_result *result,
                    ss_error *error) {
  ss_update_result reported = {0};
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_UPDATE, &call, error));
  worker *with = NULL;
  ss_status status = worker_take(store, &with, error);
  if (status == SS_OK) {
    status = update_with(store, with, request, &reported, error);
    worker_return(store, with);
  }
  if (result != NULL) *result = status == SS_OK ? reported : (ss_update_result){0};
  return store_leave(&call, status, error);
}
