/* cleanup_events: prune old audit events from the beginning of each chain.
 *
 * created_at never runs back within a chain, so what is old is a prefix. It is verified before it
 * is pruned: otherwise the pruning would take the evidence of tampering with it. Each namespace is
 * pruned in a transaction of its own, under its lock, from the checkpoint that the lock found. */
#include <string.h>

#include "base/arena.h"
#include "base/memory.h"
#include "base/status.h"
#include "engine/change/gate.h"
#include "engine/change/transaction.h"
#include "engine/operations/arguments.h"

enum { NAMESPACES_PER_PAGE = 100 };

/* Who prunes what. */
typedef struct pruning {
  ss_store *store;
  scratch *scratch;
  gate *passed;
  text_view actor;
  int64_t retention_ms;
} pruning;

/* ---- The old events at the beginning of one chain ------------------------------------------ */

typedef struct prefix {
  transaction *tx;
  int64_t cutoff;
  int64_t count;
  int64_t last_sequence;
  unsigned char last_mac[MAC_BYTES];
  bool ended; /* the next event is young, or the newest */
  bool broken;
  int64_t removed_secrets[SS_CLEANUP_BATCH]; /* whose last event goes */
  size_t removed_count;
} prefix;

static ss_status verify_event(prefix *self, const event_record *event, ss_error *error) {
  signer *with = &self->tx->scratch->signer;
  unsigned char expected[MAC_BYTES];
  const bool is_named = event->name.data != NULL || event->secret_id == 0;
  self->broken = !sequence_follows(event->sequence, self->last_sequence) ||
                 event->mac.length != MAC_BYTES || !is_named ||
                 trust_epoch(with->trust, event->epoch) == NULL;
  if (self->broken) return SS_OK;
  GUARD(signer_event_mac(with, self->tx->namespace_name, self->last_mac, event, expected, error));
  self->broken = !mac_equals(expected, event->mac.data, MAC_BYTES);
  return SS_OK;
}

static ss_status take_event(void *context, const event_record *event, ss_error *error) {
  prefix *self = context;
  const bool is_newest = event->sequence >= self->tx->namespace_row.sequence;
  if (self->ended || self->broken) return SS_OK;
  self->ended = is_newest || event->created_at >= self->cutoff;
  if (self->ended) return SS_OK;
  GUARD(verify_event(self, event, error));
  if (self->broken) return SS_OK;
  if (event->type == SS_EVENT_DELETED) {
    self->removed_secrets[self->removed_count++] = event->secret_id;
  }
  self->last_sequence = event->sequence;
  memcpy(self->last_mac, event->mac.data, MAC_BYTES);
  self->count++;
  return SS_OK;
}

static ss_status read_prefix(prefix *self, int64_t limit, ss_error *error) {
  const namespace_record *record = &self->tx->namespace_row;
  const events_query query = {
      .filter = EVENTS_OF_NAMESPACE,
      .namespace_id = record->id,
      .order = SS_ASCENDING,
      .has_position = true,
      .after_sequence = record->checkpoint_sequence,
      .limit = limit,
  };
  storage_session *session = self->tx->session;
  self->last_sequence = record->checkpoint_sequence;
  memcpy(self->last_mac, record->checkpoint_mac, MAC_BYTES);
  GUARD(storage_visit_events(session, &query, take_event, self, error));
  if (!self->broken) return SS_OK;
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   "the audit events after event %lld of a namespace do not verify, and are not "
                   "pruned: see verify",
                   (long long)self->last_sequence);
}

/* Counted from the namespace's last event, not to be had by setting the clock forward; and never
 * less than the store's settings say. */
static int64_t cutoff_of(const transaction *tx, int64_t retention_ms) {
  const int64_t least = tx->scratch->trust->root.settings.events_min_retention_ms;
  const int64_t kept = retention_ms > least ? retention_ms : least;
  const int64_t last = tx->namespace_row.last_event_at;
  return (tx->now < last ? tx->now : last) - kept;
}

static ss_status prune_locked(transaction *tx, const pruning *how, int64_t limit, int64_t *deleted,
                              ss_error *error) {
  prefix old = {.tx = tx, .cutoff = cutoff_of(tx, how->retention_ms)};
  GUARD(read_prefix(&old, limit, error));
  if (old.count == 0) return SS_OK;
  GUARD(transaction_prune(tx, old.last_sequence, old.count, old.last_mac, how->actor, error));
  for (size_t i = 0; i < old.removed_count; i++) {
    GUARD(storage_forget_former_secret(tx->session, old.removed_secrets[i], error));
  }
  *deleted = old.count;
  return SS_OK;
}

static ss_status prune_namespace(const pruning *how, text_view name, int64_t limit,
                                 int64_t *deleted, ss_error *error) {
  transaction tx ON_SCOPE_EXIT(transaction_clear) = {0};
  bool found = false;
  *deleted = 0;
  GUARD(transaction_begin(how->store, how->scratch, how->passed, &tx, error));
  GUARD(transaction_lock(&tx, &(namespace_lock){.name = name}, &found, error));
  if (!found) return SS_OK;
  GUARD(prune_locked(&tx, how, limit, deleted, error));
  return *deleted > 0 ? transaction_commit(&tx, error) : SS_OK;
}

/* ---- All chains ---------------------------------------------------------------------------- */

/* Namespaces that may have something old: more than their newest event. */
typedef struct due_page {
  arena *memory;
  text_view names[NAMESPACES_PER_PAGE];
  bool is_due[NAMESPACES_PER_PAGE];
  size_t count;
} due_page;

static ss_status take_namespace(void *context, text_view name, const namespace_record *record,
                                ss_error *error) {
  due_page *page = context;
  GUARD(arena_keep_text(page->memory, name, &page->names[page->count], error));
  page->is_due[page->count++] = record->sequence > record->checkpoint_sequence + 1;
  return SS_OK;
}

static ss_status read_page(ss_store *store, const namespaces_query *query, due_page *page,
                           ss_error *error) {
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  page->count = 0;
  GUARD(storage_begin_read(store->storage, &session, error));
  return storage_visit_namespaces(session, query, take_namespace, page, error);
}

static ss_status prune_page(const pruning *how, const due_page *page, int64_t *left,
                            ss_error *error) {
  for (size_t i = 0; i<page->count && * left> 0; i++) {
    int64_t deleted = 0;
    GUARD(cancellation_check(&how->store->cancellation, error));
    if (!page->is_due[i]) continue;
    GUARD(prune_namespace(how, page->names[i], *left, &deleted, error));
    *left -= deleted;
  }
  return SS_OK;
}

static ss_status prune_all(const pruning *how, due_page *page, int64_t *left, ss_error *error) {
  namespaces_query query = {.limit = NAMESPACES_PER_PAGE};
  do {
    GUARD(read_page(how->store, &query, page, error));
    if (page->count == 0) return SS_OK;
    GUARD(prune_page(how, page, left, error));
    query.has_position = true;
    query.after_name = page->names[page->count - 1];
  } while (page->count == NAMESPACES_PER_PAGE && *left > 0);
  return SS_OK;
}

static ss_status cleanup_in(store_call *call, int64_t retention_ms, const ss_caller *caller,
                            ss_cleanup_result *result) {
  ss_store *store = call->store;
  ss_error *error = call->error;
  scratch *with = NULL;
  text_view actor;
  int64_t left = SS_CLEANUP_BATCH;
  GUARD(request_check_retention(retention_ms, error));
  GUARD(request_check_caller(caller, &actor, error));
  gate passed ON_SCOPE_EXIT(gate_end) = {0};
  GUARD(gate_begin(&passed, store, "cleanup_events", caller, error));
  GUARD(gate_judge(&passed, error));
  GUARD(store_call_scratch(call, &with));
  due_page *page = memory_new(sizeof *page);
  if (page == NULL) return error_out_of_memory(error);
  page->memory = arena_new();
  const pruning how = {store, with, &passed, actor, retention_ms};
  const ss_status status =
      page->memory == NULL ? error_out_of_memory(error) : prune_all(&how, page, &left, error);
  arena_free(page->memory);
  memory_free(page);
  GUARD(status);
  *result = (ss_cleanup_result){.deleted = SS_CLEANUP_BATCH - left, .is_done = left > 0};
  return SS_OK;
}

ss_status ss_cleanup_events(ss_store *store, int64_t retention_ms, const ss_caller *caller,
                            ss_cleanup_result *result, ss_error *error) {
  ss_cleanup_result reported = {0};
  if (result != NULL) *result = reported;
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_CLEANUP_EVENTS, &call, error));
  const ss_status status = cleanup_in(&call, retention_ms, caller, &reported);
  if (result != NULL) *result = reported;
  return store_leave(&call, status);
}
