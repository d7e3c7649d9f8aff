/* Making anchors, and checking that a store contains one: its log has the anchor's MAC at the anchor's
 * sequence, and leads from there to the head that the root names. */
#include "engine/proof/anchor.h"

#include <stdio.h>
#include <string.h>

#include "audit/anchor.h"
#include "base/arena.h"
#include "base/status.h"
#include "engine/change/root_change.h"
#include "engine/operations/arguments.h"

/* ---- Checking -------------------------------------------------------------------------------- */

typedef struct log_walk {
  scratch *scratch;
  int64_t sequence; /* where it is */
  unsigned char mac[MAC_BYTES];
  bool broken;
} log_walk;

static ss_status follow(void *context, const store_event_record *event, ss_error *error) {
  log_walk *self = context;
  signer *with = &self->scratch->signer;
  unsigned char mac[MAC_BYTES];
  self->broken = self->broken || !sequence_follows(event->sequence, self->sequence) ||
                 event->mac.length != MAC_BYTES || trust_epoch(with->trust, event->epoch) == NULL;
  if (self->broken) return SS_OK;
  GUARD(signer_store_event_mac(with, self->mac, event, mac, error));
  self->broken = !mac_equals(mac, event->mac.data, MAC_BYTES);
  self->sequence = event->sequence;
  memcpy(self->mac, mac, sizeof mac);
  return SS_OK;
}

/* Whether the log leads from the anchor's event to the root's head. */
static ss_status leads_to_head(scratch *with, storage_session *snapshot, const anchor *from,
                               bool *leads, ss_error *error) {
  const root_record *root = &with->trust->root;
  log_walk of = {.scratch = with, .sequence = from->log_sequence};
  const store_events_query query = {
      .order = SS_ASCENDING,
      .has_position = true,
      .after_sequence = from->log_sequence,
      .limit = SS_MAX_INTEGER,
  };
  memcpy(of.mac, from->log_mac, sizeof of.mac);
  GUARD(storage_visit_store_events(snapshot, &query, follow, &of, error));
  *leads = !of.broken && of.sequence == root->log_sequence &&
           mac_equals(of.mac, root->log_mac, MAC_BYTES);
  return SS_OK;
}

ss_status anchor_check(scratch *with, storage_session *snapshot, const seal_record *seal,
                       text_view text, ss_error *error) {
  anchor expected;
  bool contained = false;
  GUARD(anchor_read(&with->signer, text, &expected, error));
  const bool reaches = expected.log_sequence <= with->trust->root.log_sequence &&
                       expected.seal_counter <= seal->counter;
  if (reaches) GUARD(leads_to_head(with, snapshot, &expected, &contained, error));
  if (contained) return SS_OK;
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   "the store does not contain the anchor that was made at event %lld of its log: "
                   "the file was put back to an older state, or went on from one",
                   (long long)expected.log_sequence);
}

/* ---- Making ---------------------------------------------------------------------------------- */

typedef struct anchor_making {
  text_view actor;
  anchor made;
} anchor_making;

static ss_status note_anchor(void *context, transaction *tx, bool *changed, ss_error *error) {
  anchor_making *self = context;
  char detail[64];
  (void)snprintf(detail, sizeof detail, "{\"sealCounter\":%lld}", (long long)tx->seal.counter + 1);
  GUARD(root_change_note(tx, SS_EVENT_ANCHORED, self->actor, text_view_of(detail), error));
  const root_record *root = &tx->scratch->trust->root;
  self->made = (anchor){
      .log_sequence = root->log_sequence,
      .seal_counter = tx->seal.counter + 1, /* with which this commits */
      .epoch = trust_newest_epoch(tx->scratch->trust),
      .made_at = tx->now,
  };
  memcpy(self->made.log_mac, root->log_mac, sizeof self->made.log_mac);
  *changed = true;
  return SS_OK;
}

static ss_status hand_out(scratch *with, const anchor *made, ss_anchor *result, ss_error *error) {
  byte_buffer text ON_SCOPE_EXIT(buffer_clear) = {0};
  GUARD(anchor_write(&with->signer, made, &text, error));
  arena *memory = arena_new();
  if (memory == NULL) return error_out_of_memory(error);
  const char *copy = arena_copy_text(memory, (text_view){(const char *)text.data, text.length});
  if (copy == NULL) {
    arena_free(memory);
    return error_out_of_memory(error);
  }
  *result = (ss_anchor){.text = copy, .made_at = made->made_at, .memory = memory};
  return SS_OK;
}

static ss_status make_in(store_call *call, const ss_caller *caller, ss_anchor *result) {
  anchor_making self = {0};
  gate passed ON_SCOPE_EXIT(gate_end) = {0};
  scratch *with = NULL;
  ss_error *error = call->error;
  GUARD(request_check_caller(caller, &self.actor, error));
  GUARD(gate_begin(&passed, call->store, "configure", caller, error));
  GUARD(gate_judge(&passed, error));
  GUARD(store_call_scratch(call, &with));
  GUARD(transaction_run(call->store, with, &passed, note_anchor, &self, error));
  return hand_out(with, &self.made, result, error);
}

ss_status ss_make_anchor(ss_store *store, const ss_caller *caller, ss_anchor *result,
                         ss_error *error) {
  if (result == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "anchor: expected a place for it, got none");
  }
  *result = (ss_anchor){0};
  store_call call;
  GUARD(store_enter(store, SS_OPERATION_ANCHOR, &call, error));
  return store_leave(&call, make_in(&call, caller, result));
}

void ss_anchor_clear(ss_anchor *made) {
  if (made == NULL) return;
  arena_free(made->memory);
  *made = (ss_anchor){0};
}
