/* verify's comparison with the head that the caller expects, which was kept elsewhere. A chain must
 * still contain the event at which it ended then, with the MAC that it had; what was pruned since
 * cannot be compared any more. */
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "engine/proof/verification.h"

enum { MESSAGE_CAPACITY = 256 };

/* ---- Loading ------------------------------------------------------------------------------- */

ss_status verification_load_head(verification *self, ss_error *error) {
  const char *text = self->request->expected_head;
  expected_head *expected = &self->expected;
  bool authentic = false;
  if (text == NULL) return SS_OK;
  GUARD(store_head_parse(text_view_of(text), self->store->store_id, self->report->memory,
                         &expected->head, error));
  GUARD(store_head_is_authentic(&self->scratch->signer, &expected->head, &authentic, error));
  if (!authentic) {
    return error_set(error, SS_INVALID_ARGUMENT,
                     "expected_head: expected a head that this store made, got one whose MAC is "
                     "wrong");
  }
  expected->given = true;
  return SS_OK;
}

/* ---- Comparing ----------------------------------------------------------------------------- */

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

static ss_status compare_with(verification *self, const chain_head *then, ss_error *error) {
  char message[MESSAGE_CAPACITY];
  chain_head found;
  if (then->sequence < self->record.checkpoint_sequence) {
    self->report->heads_pruned++;
    return SS_OK;
  }
  GUARD(mac_at(self, then->sequence, &found, error));
  if (found.sequence == then->sequence && mac_equals(found.mac, then->mac, MAC_BYTES)) {
    self->report->heads_compared++;
    return SS_OK;
  }
  if (self->record.sequence < then->sequence) {
    (void)snprintf(message, sizeof message,
                   "the chain ends at event %lld, and the expected head covers event %lld: the "
                   "newest events were cut off",
                   (long long)self->record.sequence, (long long)then->sequence);
  } else {
    (void)snprintf(message, sizeof message,
                   "event %lld is not the one that the expected head covers: the chain was "
                   "rewritten",
                   (long long)then->sequence);
  }
  return verification_add_fault(self, SS_FAULT_BEHIND_STORE_HEAD, (text_view){0}, then->sequence,
                                message, error);
}

/* A namespace that the head covers, and the store does not have. */
static ss_status report_missing(verification *self, const chain_head *then, ss_error *error) {
  char message[MESSAGE_CAPACITY];
  const text_view current = self->namespace_name;
  self->namespace_name = then->namespace_name;
  (void)snprintf(message, sizeof message,
                 "the namespace is gone, and the expected head covers %lld events of it",
                 (long long)then->sequence);
  const ss_status status = verification_add_fault(self, SS_FAULT_BEHIND_STORE_HEAD, (text_view){0},
                                                  then->sequence, message, error);
  self->namespace_name = current;
  return status;
}

ss_status verification_compare_head(verification *self, ss_error *error) {
  expected_head *expected = &self->expected;
  while (expected->given && expected->next < expected->head.count) {
    const chain_head *then = &expected->head.heads[expected->next];
    const int order = text_view_compare(then->namespace_name, self->namespace_name);
    if (order > 0) return SS_OK;
    expected->next++;
    GUARD(order < 0 ? report_missing(self, then, error) : compare_with(self, then, error));
  }
  return SS_OK;
}

ss_status verification_end_head(verification *self, ss_error *error) {
  expected_head *expected = &self->expected;
  for (; expected->given && expected->next < expected->head.count; expected->next++) {
    GUARD(report_missing(self, &expected->head.heads[expected->next], error));
  }
  return SS_OK;
}
