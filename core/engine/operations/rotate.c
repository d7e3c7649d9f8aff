/* rotate_keys and rotate_all: rewrap DEKs from an older key version to the active one.
 *
 * A batch scans without a lock: it walks the secrets by id, from where the cursor stands, until it
 * has enough of that key version. Then one transaction rewraps them: each row is read again under
 * its namespace's lock, and swapped only if it is still what the scan saw (its DEK's IV, which
 * every wrap draws anew); else it is skipped.
 *
 * The cursor carries how many were skipped since the scan began. When the walk reaches the end with
 * any, the caller is told to begin again: whoever changed them has most likely moved them to the
 * active key already. A row that does not authenticate, or is not what was last signed, is counted,
 * logged and left: signed anew, it would pass for good. It does not make the scan begin again, so
 * that the drain comes to its end. */
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "engine/change/candidates.h"
#include "engine/change/change.h"
#include "engine/operations/arguments.h"
#include "engine/operations/cursor.h"
#include "engine/store/host.h"

typedef struct batch {
  ss_store *store;
  scratch *scratch;
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

static void batch_clear(batch *self) {
  gate_end(&self->gate);
  candidates_clear(&self->found);
}

/* ---- Scanning ------------------------------------------------------------------------------ */

static ss_status scan_row(void *context, const secret_record *row, ss_error *error) {
  batch *self = context;
  self->after_id = row->id;
  return candidates_add(&self->found, row, error);
}

static ss_status visit(batch *self, storage_session *session, ss_error *error) {
  const ss_rotate_request *request = self->request;
  GUARD(storage_visit_secrets_of_key(session, request->from_version, self->after_id,
                                     request->batch_size, scan_row, self, error));
  self->scan_ended = self->found.count < (size_t)request->batch_size;
  return candidates_resolve(&self->found, session, error);
}

static ss_status scan(batch *self, ss_error *error) {
  ss_store *store = self->store;
  {
    storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
    GUARD(storage_begin_read(store->storage, &session, error));
    GUARD(visit(self, session, error));
  }
  if (store->after_rotation_scan != NULL) {
    store->after_rotation_scan(store->after_rotation_scan_context);
  }
  return SS_OK;
}

/* ---- Swapping ------------------------------------------------------------------------------ */

/* An IV of a wrong length is a damaged row, which unwrapping will say; not a changed one. */
static bool is_unchanged(const batch *self, const candidate *seen, const change *now) {
  const secret_record *row = &now->current;
  const bool same_wrap = row->dek_iv.length != sizeof seen->dek_iv ||
                         memcmp(row->dek_iv.data, seen->dek_iv, sizeof seen->dek_iv) == 0;
  return now->found && row->id == seen->id && row->key_version == self->request->from_version &&
         same_wrap;
}

static ss_status describe(const change *self, text_view *detail, ss_error *error) {
  byte_buffer *text = &self->scratch->detail;
  buffer_reset(text);
  buffer_append_text(text, "{\"previousKeyVersion\":");
  buffer_append_integer(text, self->current.key_version);
  buffer_append_text(text, ",\"newKeyVersion\":");
  buffer_append_integer(text, self->row.key_version);
  buffer_append_text(text, "}");
  *detail = (text_view){(const char *)text->data, text->length};
  return buffer_status(text, error);
}

static ss_status check_row(change *self, ss_error *error) {
  GUARD(change_authenticate(self, error));
  GUARD(change_compose(self, CHANGE_ROTATES, error));
  return change_compare(self, error);
}

static void leave_row(batch *self, const candidate *seen, const char *why) {
  self->result->failed++;
  candidate_log_left(seen, "rotate_keys", why, &self->store->log);
}

static ss_status rotate_found(batch *self, const candidate *seen, change *found, ss_error *error) {
  text_view detail;
  if (!is_unchanged(self, seen, found)) {
    self->result->skipped++;
    return SS_OK;
  }
  const ss_status status = check_row(found, error);
  if (change_row_is_at_fault(status)) {
    leave_row(self, seen, error->message);
    error_clear(error);
    return SS_OK;
  }
  GUARD(status);
  GUARD(describe(found, &detail, error));
  GUARD(change_apply(found, &found->key, detail, error));
  self->result->rotated++;
  return SS_OK;
}

static ss_status rotate_one(batch *self, transaction *tx, const candidate *seen, ss_error *error) {
  change found ON_SCOPE_EXIT(change_clear);
  change_begin(&found, tx->store, tx->scratch, &self->gate);
  found.namespace_name = seen->namespace_name;
  found.name = seen->name;
  found.actor = self->actor;
  GUARD(storage_session_check(tx->session, error));
  /* Skipped, it would be found again by every scan that begins again. */
  if (seen->is_lost) {
    leave_row(self, seen, "its namespace is missing");
    return SS_OK;
  }
  GUARD(change_find(&found, tx, false, error));
  return rotate_found(self, seen, &found, error);
}

static ss_status rotate_body(void *context, transaction *tx, bool *changed, ss_error *error) {
  batch *self = context;
  ss_rotate_result *result = self->result;
  result->rotated = 0;
  result->skipped = 0;
  result->failed = 0;
  for (size_t i = 0; i < self->found.count; i++) {
    GUARD(rotate_one(self, tx, &self->found.items[i], error));
  }
  *changed = result->rotated > 0 || tx->next != NULL;
  return SS_OK;
}

/* Also when no secret is left: the active key is admitted by it, if it was not. */
static ss_status rotate_candidates(batch *self, scratch *with, ss_error *error) {
  if (self->found.count == 0 && trust_unknown_key(with->trust) == NULL) return SS_OK;
  return transaction_run(self->store, with, &self->gate, rotate_body, self, error);
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
  if (keyring_find(&self->scratch->trust->ring->keys, version) != NULL) return SS_OK;
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

static ss_status run_batch(batch *self, store_call *call) {
  byte_buffer description ON_SCOPE_EXIT(buffer_clear) = {0};
  ss_error *error = call->error;
  GUARD(store_call_scratch(call, &self->scratch));
  self->active_version = scratch_active_key(self->scratch)->version;
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
  GUARD(rotate_candidates(self, self->scratch, error));
  return conclude(self, buffer_view(&description), error);
}

static ss_status rotate_in(store_call *call, const ss_rotate_request *request,
                           ss_rotate_result *result) {
  batch self ON_SCOPE_EXIT(batch_clear) = {
      .store = call->store,
      .request = request,
      .result = result,
  };
  return run_batch(&self, call);
}

ss_status ss_rotate_keys(ss_store *store, const ss_rotate_request *request,
                         ss_rotate_result *result, ss_error *error) {
  if (result == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "result: expected a place for it, got none");
  }
  *result = (ss_rotate_result){0};
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_ROTATE_KEYS, &call, error));
  const ss_status status = rotate_in(&call, request, result);
  if (status != SS_OK) *result = (ss_rotate_result){0};
  return store_leave(&call, status);
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
