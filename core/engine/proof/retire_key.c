/* retire_key: a key version that is to forge nothing any more.
 *
 * (1) The root gets a new epoch, whose key is wrapped under the versions that stay; the wraps under
 *     the version go, and it takes no new ones. (2) Each namespace's head is sealed anew in that
 *     epoch, after its rows were looked at. (3) Heads of earlier epochs are none from then on.
 * Each is committed by itself; whoever is called again goes on where it was interrupted. */
#include <stdio.h>

#include "base/status.h"
#include "engine/change/root_change.h"
#include "engine/change/state_scan.h"
#include "engine/operations/arguments.h"
#include "engine/operations/walk.h"
#include "engine/store/beliefs.h"

typedef struct retirement {
  ss_store *store;
  scratch *scratch;
  const ss_retire_request *request;
  ss_retire_result *result;
  text_view actor;
  gate gate;
  arena *memory;
  text_view namespace_name; /* the one at hand */
} retirement;

static void retirement_clear(retirement *self) {
  gate_end(&self->gate);
  arena_free(self->memory);
}

static ss_status refuse(const retirement *self, ss_status status, const char *why,
                        ss_error *error) {
  return error_set(error, status, "version: key version %lld %s", (long long)self->request->version,
                   why);
}

/* ---- (1) The root ---------------------------------------------------------------------------- */

static ss_status check_version(const retirement *self, const trust *believed, ss_error *error) {
  const int64_t version = self->request->version;
  if (root_find_kek(&believed->root, version) == NULL) {
    return refuse(self, SS_INVALID_ARGUMENT, "is none of this store's", error);
  }
  if (keyring_active(&believed->ring->keys)->version == version) {
    return refuse(self, SS_INVALID_ARGUMENT,
                  "is the active one: rotate to another one first, and retire it with that", error);
  }
  return SS_OK;
}

static ss_status log_step(retirement *self, transaction *tx, ss_event_type type, ss_error *error) {
  char detail[128];
  (void)snprintf(
      detail, sizeof detail, "{\"keyVersion\":%lld,\"epoch\":%lld%s}",
      (long long)self->request->version, (long long)self->result->epoch,
      self->request->abandon && type == SS_EVENT_KEY_RETIRED ? ",\"abandoned\":true" : "");
  return root_change_log(tx, type, self->actor, text_view_of(detail), error);
}

static ss_status begin_body(void *context, transaction *tx, bool *changed, ss_error *error) {
  retirement *self = context;
  GUARD(check_version(self, tx->scratch->trust, error));
  root_kek *kek = root_find_kek(&tx->scratch->trust->root, self->request->version);
  self->result->epoch = kek->retired_epoch;
  if (kek->state != KEK_ADMITTED) return SS_OK; /* it was begun before */
  GUARD(root_change_begin(tx, error));
  const trust_tools tools = root_change_tools(tx);
  kek = root_find_kek(&tx->next->root, self->request->version);
  kek->state = KEK_RETIRING;
  root_remove_wraps(&tx->next->root, kek->version);
  GUARD(trust_begin_epoch(tx->next, &tools, tx->now, error));
  kek->retired_epoch = trust_newest_epoch(tx->next);
  self->result->epoch = kek->retired_epoch;
  GUARD(root_change_count_wraps(tx, error));
  GUARD(log_step(self, tx, SS_EVENT_KEY_RETIRING, error));
  *changed = true;
  return root_change_end(tx, error);
}

/* ---- (2) Heads ------------------------------------------------------------------------------- */

typedef struct rows_under {
  int64_t version;
  int64_t count;
} rows_under;

static ss_status look_at_row(void *context, row_table table, const kept_row *row,
                             const unsigned char digest[SHA256_BYTES], ss_error *error) {
  rows_under *of = context;
  (void)table, (void)digest, (void)error;
  of->count += row->row.key_version == of->version;
  return SS_OK;
}

static ss_status still_wraps(const retirement *self, int64_t count, ss_error *error) {
  char why[96];
  (void)snprintf(why, sizeof why, "still wraps %lld secret%s: rotate first, or abandon them",
                 (long long)count, count == 1 ? "" : "s");
  return refuse(self, SS_CONFLICT, why, error);
}

static ss_status look_at_rows(retirement *self, transaction *tx, ss_error *error) {
  state_totals totals;
  rows_under of = {.version = self->request->version};
  const state_scan scan = {
      .scratch = tx->scratch,
      .session = tx->session,
      .namespace_name = self->namespace_name,
      .namespace_id = tx->namespace_row.id,
      .visitor = look_at_row,
      .context = &of,
  };
  GUARD(state_scan_run(&scan, &totals, error));
  const bool fits = state_totals_fit(&totals, &tx->namespace_row);
  self->result->faulty += !fits;
  /* Rows that nobody signed do not hold it up: they are faults. */
  return fits && of.count > 0 && !self->request->abandon ? still_wraps(self, of.count, error)
                                                         : SS_OK;
}

static ss_status seal_body(void *context, transaction *tx, bool *changed, ss_error *error) {
  retirement *self = context;
  bool found = false;
  GUARD(transaction_lock(tx, &(namespace_lock){.name = self->namespace_name}, &found, error));
  if (!found || tx->namespace_row.epoch >= self->result->epoch) return SS_OK;
  GUARD(look_at_rows(self, tx, error));
  transaction_reseal(tx);
  self->result->namespaces++;
  *changed = true;
  return SS_OK;
}

typedef struct names {
  arena *memory;
  text_view *items;
  size_t count;
} names;

enum { NAMES_PER_PAGE = 100 };

static ss_status take_name(void *context, text_view name, const namespace_record *record,
                           ss_error *error) {
  names *page = context;
  (void)record;
  return arena_keep_text(page->memory, name, &page->items[page->count++], error);
}

static ss_status read_page(retirement *self, const namespaces_query *query, names *page,
                           ss_error *error) {
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  page->count = 0;
  GUARD(storage_begin_read(self->store->storage, &session, error));
  return storage_visit_namespaces(session, query, take_name, page, error);
}

static ss_status seal_all(retirement *self, ss_error *error) {
  text_view items[NAMES_PER_PAGE];
  names page = {.memory = self->memory, .items = items};
  namespaces_query query = {.limit = NAMES_PER_PAGE};
  do {
    GUARD(read_page(self, &query, &page, error));
    for (size_t i = 0; i < page.count; i++) {
      GUARD(cancellation_check(&self->store->cancellation, error));
      self->namespace_name = items[i];
      GUARD(transaction_run(self->store, self->scratch, &self->gate, seal_body, self, error));
    }
    query.has_position = true;
    if (page.count > 0) query.after_name = items[page.count - 1];
  } while (page.count == NAMES_PER_PAGE);
  return SS_OK;
}

/* ---- (3) The end ----------------------------------------------------------------------------- */

static ss_status end_body(void *context, transaction *tx, bool *changed, ss_error *error) {
  retirement *self = context;
  GUARD(root_change_begin(tx, error));
  root_kek *kek = root_find_kek(&tx->next->root, self->request->version);
  if (kek->state == KEK_RETIRED) return SS_OK;
  kek->state = KEK_RETIRED;
  if (tx->next->root.min_epoch < kek->retired_epoch) {
    tx->next->root.min_epoch = kek->retired_epoch;
  }
  GUARD(log_step(self, tx, SS_EVENT_KEY_RETIRED, error));
  *changed = true;
  return root_change_end(tx, error);
}

/* ---- The call -------------------------------------------------------------------------------- */

static ss_status count_rows(void *context, int64_t key_version, int64_t count, ss_error *error) {
  rows_under *of = context;
  (void)error;
  if (key_version == of->version) of->count = count;
  return SS_OK;
}

static ss_status check_rows(store_call *call, const retirement *self) {
  reading session ON_SCOPE_EXIT(reading_end) = {0};
  rows_under of = {.version = self->request->version};
  GUARD(reading_begin_checked(call, &session));
  GUARD(check_version(self, call->scratch->trust, call->error));
  GUARD(storage_count_secrets_by_key(session.session, count_rows, &of, call->error));
  if (of.count == 0 || self->request->abandon) return SS_OK;
  return still_wraps(self, of.count, call->error);
}

static ss_status run_steps(retirement *self, ss_error *error) {
  GUARD(transaction_run(self->store, self->scratch, &self->gate, begin_body, self, error));
  GUARD(storage_flush_log(self->store->storage, error));
  GUARD(seal_all(self, error));
  GUARD(transaction_run(self->store, self->scratch, &self->gate, end_body, self, error));
  return storage_flush_log(self->store->storage, error);
}

static ss_status retire_in(store_call *call, const ss_retire_request *request,
                           ss_retire_result *result) {
  retirement self ON_SCOPE_EXIT(retirement_clear) = {
      .store = call->store, .request = request, .result = result, .memory = arena_new()};
  ss_error *error = call->error;
  if (self.memory == NULL) return error_out_of_memory(error);
  GUARD(request_check(request, sizeof *request, error));
  GUARD(request_check_caller(request->caller, &self.actor, error));
  GUARD(gate_begin(&self.gate, call->store, "retire_key", request->caller, error));
  GUARD(gate_judge(&self.gate, error));
  GUARD(check_rows(call, &self));
  GUARD(store_call_scratch(call, &self.scratch));
  return run_steps(&self, error);
}

ss_status ss_retire_key(ss_store *store, const ss_retire_request *request, ss_retire_result *result,
                        ss_error *error) {
  ss_retire_result reported = {0};
  if (result != NULL) *result = reported;
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_RETIRE_KEY, &call, error));
  const ss_status status = retire_in(&call, request, &reported);
  if (result != NULL && status == SS_OK) *result = reported;
  return store_leave(&call, status);
}
