/* audit_head: makes the store's head. Maintenance keeps a copy in the store.
 *
 * In a snapshot, so that it is of one moment. Every chain's head must authenticate, and must not be
 * behind the store head that was kept before: a new one would otherwise cover up what was cut off.
 * It is kept only in the place of the one that it was compared with. */
#include <string.h>

#include "audit/store_head.h"
#include "base/status.h"
#include "engine/proof/audit_head.h"

enum { NAMESPACES_PER_PAGE = 500 };

typedef struct head_making {
  ss_store *store;
  scratch *scratch;
  storage_session *session;
  arena *memory;
  byte_buffer text;
  int64_t epoch;
  int64_t made_at;
  int64_t count;
  text_view previous_text; /* absent if there was none */
  store_head previous;     /* no heads if there was none, or it cannot be checked */
  size_t next_previous;
  bool changed; /* differs from the previous one in more than its time */
  /* where the page ended */
  int64_t page_count;
  text_view last_name;
} head_making;

static void head_making_clear(head_making *self) {
  storage_end(&self->session);
  arena_free(self->memory);
  buffer_clear(&self->text);
}

static ss_status violated(text_view name, const char *how, ss_error *error) {
  return error_set(error, SS_INTEGRITY_VIOLATION, "the audit chain of %s%.*s %s; run verify",
                   name.data == NULL ? "the default namespace" : "namespace ",
                   QUOTED_LENGTH(name.length), name.data == NULL ? "" : name.data, how);
}

/* ---- The head made before ------------------------------------------------------------------ */

static ss_status load_previous(head_making *self, ss_error *error) {
  text_view text;
  bool found = false;
  audit_key_state state;
  bool authentic = false;
  GUARD(storage_load_store_head(self->session, &text, &found, error));
  if (!found) return SS_OK;
  GUARD(arena_keep_text(self->memory, text, &self->previous_text, error));
  GUARD(store_head_parse(text, self->store->store_id, self->memory, &self->previous, error));
  GUARD(chain_use_epoch(&self->scratch->signer, self->previous.epoch, &state, error));
  if (state == AUDIT_KEY_SEALED) {
    self->previous = (store_head){0};
    return SS_OK;
  }
  if (state == AUDIT_KEY_OPEN) {
    GUARD(store_head_is_authentic(&self->scratch->signer, &self->previous, &authentic, error));
  }
  if (authentic) return SS_OK;
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   "the head that the store keeps of its chains does not authenticate; run verify");
}

/* The names come in the same order on both sides. */
static ss_status compare_with_previous(head_making *self, text_view name,
                                       const namespace_record *record, ss_error *error) {
  const bool left = self->next_previous < self->previous.count;
  if (!left) {
    self->changed = true;
    return SS_OK;
  }
  const chain_head *then = &self->previous.heads[self->next_previous];
  const int order = text_view_compare(then->namespace_name, name);
  if (order < 0) return violated(then->namespace_name, "is gone", error);
  if (order > 0) {
    self->changed = true;
    return SS_OK;
  }
  self->next_previous++;
  if (record->head_sequence < then->sequence) {
    return violated(name, "ends before the store head that was made last", error);
  }
  if (record->head_sequence > then->sequence) {
    self->changed = true;
    return SS_OK;
  }
  if (mac_equals(record->head_mac, then->mac, MAC_BYTES)) return SS_OK;
  return violated(name, "is not the one that the store head made last covers", error);
}

/* ---- Collecting ---------------------------------------------------------------------------- */

static ss_status check_head(head_making *self, text_view name, const namespace_record *record,
                            ss_error *error) {
  chain_signer *signer = &self->scratch->signer;
  audit_key_state state;
  bool authentic = false;
  GUARD(chain_use_epoch(signer, record->head_epoch, &state, error));
  if (state == AUDIT_KEY_SEALED) return SS_OK;
  if (state == AUDIT_KEY_OPEN) {
    GUARD(chain_head_is_authentic(signer, name, record, &authentic, error));
  }
  return authentic ? SS_OK : violated(name, "does not end with its head", error);
}

static ss_status add_namespace(void *context, text_view name, const namespace_record *record,
                               ss_error *error) {
  head_making *self = context;
  chain_head head = {.namespace_name = name, .sequence = record->head_sequence};
  self->page_count++;
  GUARD(arena_keep_text(self->memory, name, &self->last_name, error));
  if (record->head_sequence == 0) return SS_OK;
  GUARD(check_head(self, name, record, error));
  GUARD(compare_with_previous(self, name, record, error));
  memcpy(head.mac, record->head_mac, sizeof head.mac);
  store_head_add(&self->text, self->count == 0, &head);
  self->count++;
  return SS_OK;
}

static ss_status collect(head_making *self, ss_error *error) {
  namespaces_query query = {.limit = NAMESPACES_PER_PAGE};
  do {
    self->page_count = 0;
    GUARD(storage_session_check(self->session, error));
    GUARD(storage_visit_namespaces(self->session, &query, add_namespace, self, error));
    query.has_position = true;
    query.after_name = self->last_name;
  } while (self->page_count >= NAMESPACES_PER_PAGE);
  if (self->next_previous == self->previous.count) return SS_OK;
  return violated(self->previous.heads[self->next_previous].namespace_name, "is gone", error);
}

/* ---- Making -------------------------------------------------------------------------------- */

static ss_status choose_epoch(head_making *self, ss_error *error) {
  ss_store *store = self->store;
  GUARD(audit_epochs_load(&store->epochs, self->session, self->scratch->envelope, &store->keyring,
                          store->store_id, error));
  self->epoch = audit_epochs_current(&store->epochs);
  if (self->epoch != 0) return SS_OK;
  return error_set(error, SS_KEY_VERSION_UNAVAILABLE,
                   "no configured key opens the newest audit key");
}

static ss_status sign(head_making *self, ss_error *error) {
  chain_signer *signer = &self->scratch->signer;
  audit_key_state state;
  GUARD(chain_use_epoch(signer, self->epoch, &state, error));
  if (state != AUDIT_KEY_OPEN) {
    return error_set(error, SS_INTERNAL, "the audit key of epoch %lld is not open",
                     (long long)self->epoch);
  }
  return store_head_end(signer, &self->text, error);
}

/* All heads as they stand at one moment. */
static ss_status make(head_making *self, ss_error *error) {
  self->memory = arena_new();
  if (self->memory == NULL) return error_out_of_memory(error);
  GUARD(storage_begin_snapshot(self->store->storage, &self->session, error));
  self->made_at = clock_now_ms(&self->store->clock);
  GUARD(choose_epoch(self, error));
  GUARD(load_previous(self, error));
  store_head_begin(&self->text, self->store->store_id, self->made_at, self->epoch);
  GUARD(collect(self, error));
  GUARD(sign(self, error));
  storage_end(&self->session);
  return SS_OK;
}

static ss_status check_length(const head_making *self, ss_error *error) {
  if (self->text.length <= STORAGE_LONGEST_BYTES) return SS_OK;
  return error_set(error, SS_UNSUPPORTED,
                   "the head of all chains is %zu bytes long, and a store keeps at most %d",
                   self->text.length, STORAGE_LONGEST_BYTES);
}

/* ---- Keeping ------------------------------------------------------------------------------- */

/* Whether the store still keeps the head that this one was compared with. */
static ss_status follows(head_making *self, bool *is_next, ss_error *error) {
  text_view text;
  bool found = false;
  GUARD(storage_lock_store(self->session, error));
  GUARD(storage_load_store_head(self->session, &text, &found, error));
  const text_view absent = {0};
  *is_next = text_view_equals(found ? text : absent, self->previous_text);
  return SS_OK;
}

/* Unless another process kept one meanwhile, which may be newer. */
static ss_status keep(head_making *self, ss_error *error) {
  const text_view text = {(const char *)self->text.data, self->text.length};
  bool is_next = false;
  GUARD(check_length(self, error));
  GUARD(storage_begin_write(self->store->storage, &self->session, error));
  GUARD(follows(self, &is_next, error));
  if (!is_next) return SS_OK;
  GUARD(storage_save_store_head(self->session, text, error));
  return storage_commit(&self->session, error);
}

/* What stands in the store need not be written again if only the time differs. */
ss_status audit_head_keep(store_call *call) {
  head_making self ON_SCOPE_EXIT(head_making_clear) = {.store = call->store};
  GUARD(store_call_scratch(call, &self.scratch));
  GUARD(make(&self, call->error));
  return self.changed ? keep(&self, call->error) : SS_OK;
}

/* ---- Handing out --------------------------------------------------------------------------- */

static ss_status hand_out(head_making *self, ss_audit_head *head, ss_error *error) {
  const text_view text = {(const char *)self->text.data, self->text.length};
  const char *copy = arena_copy_text(self->memory, text);
  if (copy == NULL) return error_out_of_memory(error);
  *head = (ss_audit_head){
      .text = copy,
      .made_at = self->made_at,
      .namespace_count = self->count,
      .memory = self->memory,
  };
  self->memory = NULL; /* the caller's now */
  return SS_OK;
}

static ss_status get_audit_head_in(store_call *call, ss_audit_head *head) {
  head_making self ON_SCOPE_EXIT(head_making_clear) = {.store = call->store};
  GUARD(store_call_scratch(call, &self.scratch));
  GUARD(make(&self, call->error));
  return hand_out(&self, head, call->error);
}

ss_status ss_get_audit_head(ss_store *store, ss_audit_head *head, ss_error *error) {
  if (head == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "head: expected a place for it, got none");
  }
  *head = (ss_audit_head){0};
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_AUDIT_HEAD, &call, error));
  return store_leave(&call, get_audit_head_in(&call, head));
}

void ss_audit_head_clear(ss_audit_head *head) {
  if (head == NULL) return;
  arena_free(head->memory);
  *head = (ss_audit_head){0};
}
