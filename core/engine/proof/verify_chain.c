/* verify's walk over one chain: from the checkpoint to the head, each event in its place, under the
 * MAC that the one before it gives, and linked to what its secret's last event left. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "engine/proof/verification.h"

enum { EVENTS_PER_PAGE = 1000, MESSAGE_CAPACITY = 256 };

typedef struct chain_walk {
  verification *verification;
  int64_t last_sequence;
  int64_t last_epoch;
  int64_t last_created_at;
  unsigned char last_mac[MAC_BYTES];
  int64_t visited_in_page;
  int64_t visited;
} chain_walk;

static ss_status add_event_fault(chain_walk *self, ss_fault_kind kind, const event_record *event,
                                 const char *what, ss_error *error) {
  char message[MESSAGE_CAPACITY];
  (void)snprintf(message, sizeof message, "event %lld %s", (long long)event->sequence, what);
  return verification_add_fault(self->verification, kind, event->name, event->sequence, message,
                                error);
}

/* ---- One event ------------------------------------------------------------------------------- */

/* The detail stands in the canonical text as it is, so the text null would pass for none. */
static bool detail_is_object_or_absent(const event_record *event) {
  return event->detail.data == NULL || (event->detail.length > 0 && event->detail.data[0] == '{');
}

static ss_status mac_is_right(chain_walk *self, const event_record *event, bool *right,
                              ss_error *error) {
  signer *with = &self->verification->scratch->signer;
  unsigned char expected[MAC_BYTES];
  *right = event->mac.length == MAC_BYTES && detail_is_object_or_absent(event) &&
           trust_epoch(with->trust, event->epoch) != NULL;
  if (!*right) return SS_OK;
  GUARD(signer_event_mac(with, self->verification->namespace_name, self->last_mac, event, expected,
                         error));
  *right = mac_equals(expected, event->mac.data, MAC_BYTES);
  return SS_OK;
}

static ss_status check_mac(chain_walk *self, const event_record *event, ss_error *error) {
  bool right = false;
  if (event->name.data == NULL && event->secret_id != 0) {
    return add_event_fault(self, SS_FAULT_SECRET_MISSING, event,
                           "is about a secret that is gone, and no event says that it was deleted",
                           error);
  }
  GUARD(mac_is_right(self, event, &right, error));
  self->verification->report->events_checked += right;
  if (right) return SS_OK;
  return add_event_fault(self, SS_FAULT_EVENT_CHANGED, event,
                         "does not authenticate: it, or the MAC before it, was changed", error);
}

static ss_status check_order(chain_walk *self, const event_record *event, ss_error *error) {
  if (!sequence_follows(event->sequence, self->last_sequence)) {
    return add_event_fault(self, SS_FAULT_EVENT_MISSING, event,
                           "does not follow: one before it was removed, or events were added or "
                           "moved",
                           error);
  }
  if (event->epoch >= self->last_epoch && event->created_at >= self->last_created_at) return SS_OK;
  return add_event_fault(self, SS_FAULT_EVENT_CHANGED, event,
                         "is of an earlier time or epoch than the one before it", error);
}

static bool is_linking(const event_record *event) {
  return event->type >= SS_EVENT_CREATED && event->type <= SS_EVENT_ROTATED;
}

/* {"faults":n}, which a policy may have added to. */
static ss_status note_acceptance(verification *self, const event_record *event, ss_error *error) {
  ss_verify_report *report = self->report;
  json_t *detail = NULL;
  if (event->detail.data != NULL) GUARD(json_parse(event->detail, &detail, NULL, error));
  report->acceptances++;
  report->faults_accepted += json_integer_value(json_object_get(detail, "faults"));
  if (event->created_at > report->last_accepted_at) report->last_accepted_at = event->created_at;
  json_decref(detail);
  links_begin(&self->links, true);
  return SS_OK;
}

static ss_status check_links(chain_walk *self, const event_record *event, ss_error *error) {
  bool fits = true;
  if (event->type == SS_EVENT_ACCEPTED) return note_acceptance(self->verification, event, error);
  if (!is_linking(event)) return SS_OK;
  GUARD(links_follow(&self->verification->links, event, &fits, error));
  if (fits) return SS_OK;
  return add_event_fault(self, SS_FAULT_EVENT_UNLINKED, event,
                         "did not find the row as the secret's event before it left it", error);
}

static ss_status visit_event(void *context, const event_record *event, ss_error *error) {
  chain_walk *self = context;
  self->visited_in_page++;
  self->visited++;
  GUARD(check_order(self, event, error));
  GUARD(check_mac(self, event, error));
  GUARD(check_links(self, event, error));
  self->last_sequence = event->sequence;
  self->last_epoch = event->epoch;
  self->last_created_at = event->created_at;
  /* What is stored, not what was expected: one changed event is one fault, not all after it. */
  memset(self->last_mac, 0, MAC_BYTES);
  if (event->mac.length == MAC_BYTES) memcpy(self->last_mac, event->mac.data, MAC_BYTES);
  return SS_OK;
}

/* ---- The head -------------------------------------------------------------------------------- */

static ss_status add_head_fault(verification *self, ss_fault_kind kind, const char *what,
                                ss_error *error) {
  char message[MESSAGE_CAPACITY];
  (void)snprintf(message, sizeof message, "the head, at event %lld, %s",
                 (long long)self->record.sequence, what);
  return verification_add_fault(self, kind, (text_view){0}, self->record.sequence, message, error);
}

static ss_status check_head(verification *self, ss_error *error) {
  const namespace_record *head = &self->record;
  const root_record *root = &self->scratch->trust->root;
  unsigned char mac[MAC_BYTES];
  if (head->epoch < root->min_epoch || head->epoch > (int64_t)root->epoch_count) {
    return add_head_fault(self, SS_FAULT_HEAD_NOT_AUTHENTIC,
                          "is of an epoch that is not in force: it was made with a key that was "
                          "retired",
                          error);
  }
  GUARD(signer_head_mac(&self->scratch->signer, self->namespace_name, head, mac, error));
  if (!mac_equals(mac, head->head_mac, MAC_BYTES)) {
    return add_head_fault(self, SS_FAULT_HEAD_NOT_AUTHENTIC, "was changed or replaced", error);
  }
  const bool is_sealed =
      head->sealed_sequence == head->sequence && mac_equals(head->sealed_mac, head->mac, MAC_BYTES);
  if (is_sealed && head->root_sequence <= root->sequence) return SS_OK;
  return add_head_fault(self, SS_FAULT_HEAD_NOT_AUTHENTIC,
                        "is not of this root and seal: it was put together of different times",
                        error);
}

static ss_status check_end(const chain_walk *self, ss_error *error) {
  verification *of = self->verification;
  const namespace_record *head = &of->record;
  if (self->last_sequence == head->sequence && mac_equals(self->last_mac, head->mac, MAC_BYTES) &&
      (self->visited == 0 || self->last_created_at == head->last_event_at)) {
    return SS_OK;
  }
  return add_head_fault(of, SS_FAULT_HEAD_WRONG,
                        "is not where the chain ends: the tail was cut off, or the head replaced",
                        error);
}

/* Events of no known type, or from before the checkpoint, are in nobody's walk. */
static ss_status check_strays(const chain_walk *self, ss_error *error) {
  verification *of = self->verification;
  int64_t count = 0;
  char message[MESSAGE_CAPACITY];
  GUARD(storage_count_events(of->session, of->record.id, &count, error));
  if (count == self->visited) return SS_OK;
  (void)snprintf(message, sizeof message,
                 "the chain has %lld events, and %lld are stored: some were planted",
                 (long long)self->visited, (long long)count);
  return verification_add_fault(of, SS_FAULT_EVENT_MISSING, (text_view){0}, 0, message, error);
}

/* ---- The walk -------------------------------------------------------------------------------- */

static ss_status walk(chain_walk *self, ss_error *error) {
  verification *of = self->verification;
  events_query query = {
      .filter = EVENTS_OF_NAMESPACE,
      .namespace_id = of->record.id,
      .order = SS_ASCENDING,
      .has_position = true,
      .after_sequence = of->record.checkpoint_sequence,
      .limit = EVENTS_PER_PAGE,
  };
  do {
    self->visited_in_page = 0;
    GUARD(storage_session_check(of->session, error));
    GUARD(storage_visit_events(of->session, &query, visit_event, self, error));
    query.after_sequence = self->last_sequence;
  } while (self->visited_in_page == EVENTS_PER_PAGE);
  return SS_OK;
}

ss_status verification_check_chain(verification *self, ss_error *error) {
  const namespace_record *head = &self->record;
  chain_walk of = {.verification = self, .last_sequence = head->checkpoint_sequence};
  memcpy(of.last_mac, head->checkpoint_mac, MAC_BYTES);
  links_begin(&self->links, head->checkpoint_sequence > 0);
  GUARD(check_head(self, error));
  GUARD(walk(&of, error));
  GUARD(check_end(&of, error));
  return check_strays(&of, error);
}
