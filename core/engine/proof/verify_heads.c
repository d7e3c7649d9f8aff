/* verify's comparison with store heads: the one that the caller expects, which was kept elsewhere,
 * and the one that the store keeps of itself. A chain must still contain the event at which it
 * ended then, with the MAC that it had; what was pruned since cannot be compared any more. */
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "engine/proof/verification.h"

enum { MESSAGE_CAPACITY = 256 };

/* ---- Loading ------------------------------------------------------------------------------- */

static ss_status check_authenticity(verification *self, const store_head *head,
                                    audit_key_state *state, bool *authentic, ss_error *error) {
  *authentic = false;
  GUARD(chain_use_epoch(&self->scratch->signer, head->epoch, state, error));
  if (*state != AUDIT_KEY_OPEN) return SS_OK;
  return store_head_is_authentic(&self->scratch->signer, head, authentic, error);
}

static ss_status load_expected(verification *self, compared_head *compared, ss_error *error) {
  const char *text = self->request->expected_head;
  audit_key_state state = AUDIT_KEY_UNKNOWN;
  bool authentic = false;
  if (text == NULL) return SS_OK;
  GUARD(store_head_parse(text_view_of(text), self->store->store_id, self->report->memory,
                         &compared->head, error));
  GUARD(check_authenticity(self, &compared->head, &state, &authentic, error));
  if (state == AUDIT_KEY_SEALED) {
    return error_set(error, SS_KEY_VERSION_UNAVAILABLE,
                     "expected_head: no configured key opens the audit key of epoch %lld, with "
                     "which it was made",
                     (long long)compared->head.epoch);
  }
  if (!authentic) {
    return error_set(error, SS_INVALID_ARGUMENT,
                     "expected_head: expected a head that this store made, got one whose MAC is "
                     "wrong");
  }
  compared->given = true;
  compared->is_expected = true;
  return SS_OK;
}

/* Under a sealed audit key it proves nothing, and is passed over. */
static ss_status load_kept(verification *self, compared_head *compared, ss_error *error) {
  text_view text;
  bool found = false;
  audit_key_state state = AUDIT_KEY_UNKNOWN;
  bool authentic = false;
  GUARD(storage_load_store_head(self->session, &text, &found, error));
  if (!found) return SS_OK;
  const ss_status parsed =
      store_head_parse(text, self->store->store_id, self->report->memory, &compared->head, error);
  if (parsed == SS_OUT_OF_MEMORY) return parsed;
  if (parsed == SS_OK) GUARD(check_authenticity(self, &compared->head, &state, &authentic, error));
  error_clear(error);
  if (parsed == SS_OK && state == AUDIT_KEY_SEALED) return SS_OK;
  compared->given = authentic;
  if (authentic) return SS_OK;
  return verification_add_fault(self, SS_FAULT_STORE_HEAD_NOT_AUTHENTIC, (text_view){0}, 0,
                                "the head that the store keeps of all its chains was changed",
                                error);
}

ss_status verification_load_heads(verification *self, ss_error *error) {
  GUARD(load_expected(self, &self->compared[0], error));
  return load_kept(self, &self->compared[1], error);
}

/* ---- Comparing ----------------------------------------------------------------------------- */

static const char *whose(const compared_head *compared) {
  return compared->is_expected ? "the expected head" : "the store's own head";
}

static ss_status take_mac(void *context, const event_record *event, ss_error *error) {
  chain_head *found = context;
  (void)error;
  found->sequence = event->sequence;
  if (event->mac.length == MAC_BYTES) memcpy(found->mac, event->mac.data, MAC_BYTES);
  return SS_OK;
}

static ss_status mac_at(verification *self, int64_t sequence, chain_head *found, ss_error *error) {
  const events_query query = {
      .filter = EVENTS_OF_NAMESPACE,
      .namespace_id = self->record.id,
      .order = SS_ASCENDING,
      .has_position = true,
      .after_sequence = sequence - 1,
      .limit = 1,
  };
  *found = (chain_head){0};
  if (sequence == self->record.checkpoint_sequence) {
    found->sequence = sequence;
    memcpy(found->mac, self->record.checkpoint_mac, MAC_BYTES);
    return SS_OK;
  }
  return storage_visit_events(self->session, &query, take_mac, found, error);
}

static ss_status compare_head(verification *self, const compared_head *compared,
                              const chain_head *then, ss_error *error) {
  char message[MESSAGE_CAPACITY];
  chain_head found;
  if (then->sequence < self->record.checkpoint_sequence) {
    self->report->heads_pruned += compared->is_expected;
    return SS_OK;
  }
  GUARD(mac_at(self, then->sequence, &found, error));
  if (found.sequence == then->sequence && mac_equals(found.mac, then->mac, MAC_BYTES)) {
    self->report->heads_compared += compared->is_expected;
    return SS_OK;
  }
  if (self->record.head_sequence < then->sequence) {
    (void)snprintf(message, sizeof message,
                   "the chain ends at event %lld, and %s covers event %lld: the newest events were "
                   "cut off",
                   (long long)self->record.head_sequence, whose(compared),
                   (long long)then->sequence);
  } else {
    (void)snprintf(message, sizeof message,
                   "event %lld is not the one that %s covers: the chain was rewritten",
                   (long long)then->sequence, whose(compared));
  }
  return verification_add_fault(self, SS_FAULT_BEHIND_STORE_HEAD, (text_view){0}, then->sequence,
                                message, error);
}

/* A namespace that a head covers, and the store does not have. */
static ss_status report_missing(verification *self, const compared_head *compared,
                                const chain_head *then, ss_error *error) {
  char message[MESSAGE_CAPACITY];
  const text_view current = self->namespace_name;
  self->namespace_name = then->namespace_name;
  (void)snprintf(message, sizeof message, "the namespace is gone, and %s covers %lld events of it",
                 whose(compared), (long long)then->sequence);
  const ss_status status = verification_add_fault(self, SS_FAULT_BEHIND_STORE_HEAD, (text_view){0},
                                                  then->sequence, message, error);
  self->namespace_name = current;
  return status;
}

static ss_status compare_so_far(verification *self, compared_head *compared, ss_error *error) {
  const store_head *head = &compared->head;
  while (compared->given && compared->next < head->count) {
    const chain_head *then = &head->heads[compared->next];
    const int order = text_view_compare(then->namespace_name, self->namespace_name);
    if (order > 0) return SS_OK;
    compared->next++;
    GUARD(order < 0 ? report_missing(self, compared, then, error)
                    : compare_head(self, compared, then, error));
  }
  return SS_OK;
}

ss_status verification_compare_heads(verification *self, ss_error *error) {
  for (int i = 0; i < COMPARED_HEADS; i++) {
    GUARD(compare_so_far(self, &self->compared[i], error));
  }
  return SS_OK;
}

ss_status verification_end_heads(verification *self, ss_error *error) {
  for (int i = 0; i < COMPARED_HEADS; i++) {
    compared_head *compared = &self->compared[i];
    for (; compared->given && compared->next < compared->head.count; compared->next++) {
      GUARD(report_missing(self, compared, &compared->head.heads[compared->next], error));
    }
  }
  return SS_OK;
}
