/* audit_head: makes the store's head, to be kept elsewhere.
 *
 * In a snapshot, so that it is of one moment. Every chain's head must authenticate: a new store head
 * would otherwise cover up what was changed. */
#include <string.h>

#include "audit/store_head.h"
#include "base/status.h"
#include "engine/store/beliefs.h"

enum { NAMESPACES_PER_PAGE = 500 };

typedef struct head_making {
  store_call *call;
  reading reading;
  arena *memory;
  byte_buffer text;
  int64_t epoch;
  int64_t made_at;
  int64_t count;
  /* where the page ended */
  int64_t page_count;
  text_view last_name;
} head_making;

static void head_making_clear(head_making *self) {
  reading_end(&self->reading);
  arena_free(self->memory);
  buffer_clear(&self->text);
}

static ss_status check_head(head_making *self, text_view name, const namespace_record *record,
                            ss_error *error) {
  unsigned char mac[MAC_BYTES];
  GUARD(signer_head_mac(&self->call->scratch->signer, name, record, mac, error));
  if (mac_equals(mac, record->head_mac, MAC_BYTES)) return SS_OK;
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   "the head of %s%.*s does not authenticate; run verify",
                   name.data == NULL ? "the default namespace" : "namespace ",
                   QUOTED_LENGTH(name.length), name.data == NULL ? "" : name.data);
}

static ss_status add_namespace(void *context, text_view name, const namespace_record *record,
                               ss_error *error) {
  head_making *self = context;
  chain_head head = {.namespace_name = name, .sequence = record->sequence};
  self->page_count++;
  GUARD(arena_keep_text(self->memory, name, &self->last_name, error));
  if (record->sequence == 0) return SS_OK;
  GUARD(check_head(self, name, record, error));
  memcpy(head.mac, record->mac, sizeof head.mac);
  store_head_add(&self->text, self->count == 0, &head);
  self->count++;
  return SS_OK;
}

static ss_status collect(head_making *self, ss_error *error) {
  storage_session *session = self->reading.session;
  namespaces_query query = {.limit = NAMESPACES_PER_PAGE};
  do {
    self->page_count = 0;
    GUARD(storage_session_check(session, error));
    GUARD(storage_visit_namespaces(session, &query, add_namespace, self, error));
    query.has_position = true;
    query.after_name = self->last_name;
  } while (self->page_count >= NAMESPACES_PER_PAGE);
  return SS_OK;
}

/* All heads as they stand at one moment. */
static ss_status make(head_making *self, ss_error *error) {
  seal_record seal = {0};
  const ss_store *store = self->call->store;
  self->memory = arena_new();
  if (self->memory == NULL) return error_out_of_memory(error);
  GUARD(reading_begin_snapshot(self->call, &self->reading, &seal));
  self->made_at = clock_now_ms(&store->clock);
  self->epoch = trust_newest_epoch(self->call->scratch->trust);
  store_head_begin(&self->text, store->store_id, self->made_at, self->epoch);
  GUARD(collect(self, error));
  return store_head_end(&self->call->scratch->signer, self->epoch, &self->text, error);
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
  head_making self ON_SCOPE_EXIT(head_making_clear) = {.call = call};
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
