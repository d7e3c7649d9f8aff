/* rotate_keys and rotate_all: rewrap DEKs from an older key version to the active one.
 *
 * A batch scans without a lock: it walks the secrets by id, from where the cursor stands, until it
 * has enough of that key version. Then one transaction rewraps them: each row is read again under
 * its namespace's lock, and swapped only if it is still what the scan saw (its DEK's IV, which
 * every wrap draws anew); else it is skipped.
 *
 * The cursor carries how many were skipped since the scan began. When the walk reaches the end with
 * any, the caller is told to begin again: whoever changed them has most likely moved them to the
 * active key already. A row that does not authenticate is counted, logged and left; it does not
 * make the scan begin again, so that the drain comes to its end. */
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "engine/change/candidates.h"
#include "engine/change/gate.h"
#include "engine/change/row.h"
#include "engine/change/transaction.h"
#include "engine/operations/arguments.h"
#include "engine/operations/cursor.h"
#include "engine/store/host.h"

typedef struct batch {
  ss_store *store;
  const ss_rotate_request *request;
  text_view actor;
  int64_t active_version;
  candidates found;
  int64_t after_id;         /* where the scan stands */
  int64_t skipped_in_sweep; /* before this batch */
  bool scan_ended;          /* at the end of the table */
  ss_rotate_result *result;
  gate gate;
} batch;

/* ---- Scanning ------------------------------------------------------------------------------ */

static ss_status scan_row(void *context, const secret_record *row, ss_error *error) {
  batch *self = context;
  self->after_id = row->id;
  return candidates_add(&self->found, row, error);
}

static ss_status scan_with(batch *self, storage_session *session, ss_error *error) {
  const ss_rotate_request *request = self->request;
  GUARD(storage_visit_secrets_of_key(session, request->from_version, self->after_id,
                                     request->batch_size, scan_row, self, error));
  self->scan_ended = self->found.count < (size_t)request->batch_size;
  return candidates_resolve(&self->found, session, error);
}

static ss_status scan(batch *self, ss_error *error) {
  ss_store *store = self->store;
  storage_session *session = NULL;
  GUARD(storage_begin_read(store->storage, &session, error));
  const ss_status status = scan_with(self, session, error);
  storage_end_read(session);
  if (status == SS_OK && store->after_rotation_scan != NULL) {
    store->after_rotation_scan(store->after_rotation_scan_context);
  }
  return status;
}

/* ---- Swapping ------------------------------------------------------------------------------ */

/* An IV of a wrong length is a damaged row, which unwrapping will say; not a changed one. */
static bool is_unchanged(const batch *self, const candidate *seen, const secret_record *row) {
  const bool same_wrap = row->dek_iv.length != sizeof seen->dek_iv ||
                         memcmp(row->dek_iv.data, seen->dek_iv, sizeof seen->dek_iv) == 0;
  return row->id == seen->id && row->key_version == self->request->from_version && same_wrap;
}

/* The row as it will be. What it views of the old row is copied: those views end with the next
 * storage call. */
typedef struct rewrapped_row {
  secret_record record;
  wrapped_key wrapped;
  unsigned char iv[GCM_IV_BYTES];
} rewrapped_row;

static ss_status compose_row(transaction *tx, const candidate *seen, const secret_record *current,
                             rewrapped_row *row, ss_error *error) {
  worker *with = tx->worker;
  secret_record *record = &row->record;
  GUARD(random_public(row->wrapped.iv, sizeof row->wrapped.iv, error));
  buffer_reset(&with->metadata);
  buffer_append(&with->metadata, current->metadata.data, current->metadata.length);
  GUARD(buffer_status(&with->metadata, error));
  memset(row->iv, 0, sizeof row->iv);
  if (current->iv.length == sizeof row->iv) memcpy(row->iv, current->iv.data, sizeof row->iv);
  *record = *current;
  record->name = seen->name;
  record->key_version = keyring_active(&tx->store->keyring)->version;
  record->iv = (byte_view){row->iv, sizeof row->iv};
  record->dek_iv = (byte_view){row->wrapped.iv, sizeof row->wrapped.iv};
  record->wrapped_dek = (byte_view){row->wrapped.bytes, sizeof row->wrapped.bytes};
  if (current->metadata.data != NULL) {
    record->metadata = (text_view){(const char *)with->metadata.data, with->metadata.length};
  }
  return SS_OK;
}

static ss_status describe(worker *with, int64_t previous, int64_t current, ss_error *error) {
  buffer_reset(&with->detail);
  buffer_append_text(&with->detail, "{\"previousKeyVersion\":");
  buffer_append_integer(&with->detail, previous);
  buffer_append_text(&with->detail, ",\"newKeyVersion\":");
  buffer_append_integer(&with->detail, current);
  buffer_append_text(&with->detail, "}");
  return buffer_status(&with->detail, error);
}

static ss_status swap(batch *self, transaction *tx, const candidate *seen,
                      const secret_record *current, const dek *key, ss_error *error) {
  worker *with = tx->worker;
  rewrapped_row row;
  GUARD(compose_row(tx, seen, current, &row, error));
  GUARD(transaction_take_wrap(tx, error));
  const dek_binding binding = row_binding(tx->store, seen->namespace_name, seen->name, &row.record);
  GUARD(envelope_wrap_dek(with->envelope, &binding, key, &row.wrapped, error));
  GUARD(storage_rewrap_secret(tx->session, &row.record, error));
  GUARD(describe(with, self->request->from_version, row.record.key_version, error));
  text_view detail = {(const char *)with->detail.data, with->detail.length};
  gate_set_target(&self->gate, seen->namespace_name, seen->name, &row.record);
  GUARD(gate_enrich(&self->gate, SS_EVENT_ROTATED, &detail, error));
  const secret_change change = {
      .type = SS_EVENT_ROTATED,
      .secret_id = row.record.id,
      .name = seen->name,
      .actor = self->actor,
      .detail = detail,
      .row = &row.record,
  };
  return transaction_append(tx, &change, error);
}

/* What cannot be unwrapped is left to verification and to the operator. */
static bool is_the_rows_own_fault(ss_status status) {
  return status == SS_DECRYPTION_FAILED || status == SS_UNSUPPORTED;
}

static void leave_row(batch *self, const candidate *seen, const char *why) {
  self->result->failed++;
  log_write(&self->store->log, SS_LOG_ERROR, "rotate_keys: secret id %lld left as it is: %s",
            (long long)seen->id, why);
}

static ss_status rotate_one(batch *self, transaction *tx, const candidate *seen, ss_error *error) {
  bool found = false;
  secret_record current = {0};
  /* Skipped, it would be found again by every scan that begins again. */
  if (seen->is_lost) {
    leave_row(self, seen, "its namespace is missing");
    return SS_OK;
  }
  GUARD(transaction_lock(tx, seen->namespace_name, false, &found, error));
  if (found) {
    GUARD(storage_find_secret_header(tx->session, tx->namespace_row.id, seen->name, &current,
                                     &found, error));
  }
  if (!found || !is_unchanged(self, seen, &current)) {
    self->result->skipped++;
    return SS_OK;
  }
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  const ss_status status = row_unwrap_dek(tx->store, tx->worker->envelope, seen->namespace_name,
                                          seen->name, &current, &key, error);
  if (is_the_rows_own_fault(status)) {
    leave_row(self, seen, error == NULL ? ss_status_name(status) : error->message);
    error_clear(error);
    return SS_OK;
  }
  GUARD(status);
  GUARD(swap(self, tx, seen, &current, &key, error));
  self->result->rotated++;
  return SS_OK;
}

/* The audit keys move to the active key too, by being recorded: also when no secret is left. */
static ss_status rotate_candidates(batch *self, worker *with, ss_error *error) {
  const bool keys_are_recorded = atomic_load(&self->store->keys_are_recorded);
  if (self->found.count == 0 && keys_are_recorded) return SS_OK;
  transaction tx ON_SCOPE_EXIT(transaction_clear) = {0};
  GUARD(transaction_begin(self->store, with, &tx, error));
  for (size_t i = 0; i < self->found.count; i++) {
    GUARD(storage_session_check(tx.session, error));
    GUARD(rotate_one(self, &tx, &self->found.items[i], error));
  }
  return self->result->rotated > 0 || !keys_are_recorded ? transaction_commit(&tx, error) : SS_OK;
}

/* ---- The batch ----------------------------------------------------------------------------- */

static ss_status check_request(batch *self, ss_error *error) {
  const ss_rotate_request *request = self->request;
  GUARD(request_check(request, sizeof *request, error));
  GUARD(request_check_caller(request->caller, &self->actor, error));
  if (request->batch_size < 1 || request->batch_size > SS_MAX_ROTATE_BATCH) {
    return error_set(error, SS_INVALID_ARGUMENT, "batch_size: expected 1 to %d, got %lld",
                     SS_MAX_ROTATE_BATCH, (long long)request->batch_size);
  }
  if (request->from_version < 0 || request->from_version > SS_MAX_INTEGER) {
    return error_set(error, SS_INVALID_ARGUMENT, "from_version: expected 0 to 2^53-1, got %lld",
                     (long long)request->from_version);
  }
  if (request->from_version == self->active_version) {
    return error_set(error, SS_INVALID_ARGUMENT,
                     "from_version: expected an older key version, got the active one, %lld",
                     (long long)request->from_version);
  }
  return SS_OK;
}

static ss_status check_key(const batch *self, ss_error *error) {
  const int64_t version = self->request->from_version;
  if (keyring_find(&self->store->keyring, version) != NULL) return SS_OK;
  return error_set(error, SS_KEY_VERSION_UNAVAILABLE,
                   "from_version: key version %lld is not among the configured keys",
                   (long long)version);
}

static void describe_query(byte_buffer *output, const batch *self) {
  buffer_append_text(output, "[\"rotate\",");
  json_append_string(output, self->store->store_id);
  buffer_append_text(output, ",");
  buffer_append_integer(output, self->request->from_version);
  buffer_append_text(output, ",");
  buffer_append_integer(output, self->active_version);
  buffer_append_text(output, "]");
}

static ss_status read_cursor(batch *self, byte_view description, ss_error *error) {
  if (self->request->cursor == NULL || self->request->cursor[0] == '\0') return SS_OK;
  cursor_position position;
  byte_buffer decoded ON_SCOPE_EXIT(buffer_clear) = {0};
  GUARD(cursor_decode(&self->store->suite, description, self->request->cursor, &position, &decoded,
                      error));
  if (position.second < 0 || position.second > SS_MAX_INTEGER) {
    return error_set(error, SS_INVALID_ARGUMENT, "cursor: expected one of this rotation");
  }
  self->after_id = position.first;
  self->skipped_in_sweep = position.second;
  return SS_OK;
}

static ss_status conclude(batch *self, byte_view description, ss_error *error) {
  ss_rotate_result *result = self->result;
  const int64_t skipped = self->skipped_in_sweep + result->skipped;
  result->processed = result->rotated + result->skipped + result->failed;
  result->is_done = self->scan_ended && skipped == 0;
  if (self->scan_ended) return SS_OK;
  const cursor_position position = {.first = self->after_id, .second = skipped};
  const char *cursor = NULL;
  GUARD(cursor_encode(&self->store->suite, description, &position, self->found.memory, &cursor,
                      error));
  const size_t length = strlen(cursor);
  if (length >= sizeof result->continue_cursor) {
    return error_set(error, SS_INTERNAL, "a cursor of %zu bytes", length);
  }
  memcpy(result->continue_cursor, cursor, length + 1);
  return SS_OK;
}

static ss_status run_batch(batch *self, worker *with, ss_error *error) {
  byte_buffer description ON_SCOPE_EXIT(buffer_clear) = {0};
  GUARD(check_request(self, error));
  describe_query(&description, self);
  GUARD(buffer_status(&description, error));
  GUARD(read_cursor(self, buffer_view(&description), error));
  self->result->from_version = self->request->from_version;
  self->result->to_version = self->active_version;
  GUARD(gate_begin(&self->gate, self->store, "rotate_keys", self->request->caller, error));
  GUARD(gate_judge(&self->gate, error));
  GUARD(check_key(self, error));
  GUARD(candidates_init(&self->found, (size_t)self->request->batch_size, error));
  GUARD(scan(self, error));
  GUARD(rotate_candidates(self, with, error));
  return conclude(self, buffer_view(&description), error);
}

static ss_status rotate_with(ss_store *store, worker *with, const ss_rotate_request *request,
                             ss_rotate_result *result, ss_error *error) {
  batch self = {
      .store = store,
      .request = request,
      .active_version = keyring_active(&store->keyring)->version,
      .result = result,
  };
  const ss_status status = run_batch(&self, with, error);
  gate_end(&self.gate);
  candidates_clear(&self.found);
  return status;
}

ss_status ss_rotate_keys(ss_store *store, const ss_rotate_request *request,
                         ss_rotate_result *result, ss_error *error) {
  if (result == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "result: expected a place for it, got none");
  }
  *result = (ss_rotate_result){0};
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_ROTATE_KEYS, &call, error));
  worker *with = NULL;
  ss_error reported;
  ss_error *told = error != NULL ? error : &reported; /* a failed row is logged with its message */
  ss_status status = worker_take(store, &with, told);
  if (status == SS_OK) {
    status = rotate_with(store, with, request, result, told);
    worker_return(store, with);
  }
  if (status != SS_OK) *result = (ss_rotate_result){0};
  return store_leave(&call, status, told);
}

/* ---- All of them --------------------------------------------------------------------------- */

typedef struct drain {
  ss_store *store;
  const ss_caller *caller;
  ss_progress_callback progress;
  void *context;
  int64_t total;
  ss_rotate_all_result *result;
  bool stopped;
} drain;

static ss_status report_progress(drain *self, ss_error *error) {
  self->stopped = !host_hears_progress(self->store, self->progress, self->context,
                                       self->result->rotated, self->total);
  return cancellation_check(&self->store->cancellation, error);
}

static ss_status drain_version(drain *self, int64_t version, ss_error *error) {
  ss_rotate_request request;
  ss_rotate_result batch_result = {0};
  char cursor[SS_CURSOR_CAPACITY] = "";
  int64_t failed_in_sweep = 0;
  ss_rotate_request_init(&request);
  request.from_version = version;
  request.caller = self->caller;
  do {
    request.cursor = cursor[0] == '\0' ? NULL : cursor;
    if (request.cursor == NULL) failed_in_sweep = 0;
    GUARD(ss_rotate_keys(self->store, &request, &batch_result, error));
    self->result->rotated += batch_result.rotated;
    failed_in_sweep += batch_result.failed;
    memcpy(cursor, batch_result.continue_cursor, sizeof cursor);
    GUARD(report_progress(self, error));
  } while (!batch_result.is_done && !self->stopped);
  self->result->failed += failed_in_sweep;
  return SS_OK;
}

static int64_t count_pending(const ss_rotation_status *status) {
  int64_t pending = 0;
  for (size_t i = 0; i < status->count; i++) {
    const ss_key_info *key = &status->keys[i];
    if (key->is_configured && !key->is_active) pending += key->secret_count;
  }
  return pending;
}

static ss_status drain_all(drain *self, const ss_rotation_status *status, ss_error *error) {
  self->total = count_pending(status);
  for (size_t i = 0; i < status->count && !self->stopped; i++) {
    const ss_key_info *key = &status->keys[i];
    if (!key->is_configured || key->is_active || key->is_safe_to_remove) continue;
    GUARD(drain_version(self, key->version, error));
  }
  self->result->is_done = !self->stopped;
  return SS_OK;
}

ss_status ss_rotate_all(ss_store *store, const ss_caller *caller, ss_progress_callback progress,
                        void *context, ss_rotate_all_result *result, ss_error *error) {
  ss_rotate_all_result counted = {0};
  ss_rotation_status status;
  drain self = {
      .store = store,
      .caller = caller,
      .progress = progress,
      .context = context,
      .result = &counted,
  };
  if (result != NULL) *result = counted;
  /* Entered here too, so that the store stays while the host is inside the progress callback. */
  store_call call;
  GUARD(store_enter(store, OPERATION_UNCOUNTED, &call, error));
  ss_status drained = ss_get_rotation_status(store, &status, error);
  if (drained == SS_OK) {
    drained = drain_all(&self, &status, error);
    ss_rotation_status_clear(&status);
  }
  store_quit(&call);
  if (result != NULL) *result = counted;
  return drained;
}
