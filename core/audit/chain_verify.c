/* Verification of one namespace's chain. */
#include "audit/chain_verify.h"

#include <string.h>

enum { EVENTS_PER_BATCH = 1000 };

typedef struct walk {
  chain_signer *signer;
  text_view namespace_name;
  chain_report *report;
  int64_t last_sequence;
  int64_t visited_in_batch;
  unsigned char previous_mac[MAC_BYTES];
} walk;

static void record_fault(chain_report *report, chain_fault fault, int64_t sequence) {
  if (report->fault != CHAIN_INTACT) return;
  report->fault = fault;
  report->fault_sequence = sequence;
}

/* The detail stands in the canonical text as it is, so the text null would pass for no detail. */
static bool detail_is_object_or_absent(const event_record *event) {
  return event->detail.data == NULL || (event->detail.length > 0 && event->detail.data[0] == '{');
}

static ss_status check_mac(walk *self, const event_record *event, ss_error *error) {
  if (!detail_is_object_or_absent(event)) {
    record_fault(self->report, CHAIN_MAC_WRONG, event->sequence);
    return SS_OK;
  }
  audit_key_state state;
  GUARD(chain_use_epoch(self->signer, event->epoch, &state, error));
  if (state == AUDIT_KEY_UNKNOWN) {
    record_fault(self->report, CHAIN_MAC_WRONG, event->sequence);
    return SS_OK;
  }
  if (state == AUDIT_KEY_SEALED) {
    self->report->events_uncheckable++;
    return SS_OK;
  }
  unsigned char expected[MAC_BYTES];
  GUARD(chain_event_mac(self->signer, self->namespace_name, self->previous_mac, event, expected,
                        error));
  const bool fits =
      event->mac.length == MAC_BYTES && mac_equals(expected, event->mac.data, MAC_BYTES);
  if (fits) {
    self->report->events_checked++;
  } else {
    record_fault(self->report, CHAIN_MAC_WRONG, event->sequence);
  }
  return SS_OK;
}

static ss_status visit_event(void *context, const event_record *event, ss_error *error) {
  walk *self = context;
  self->visited_in_batch++;
  if (!chain_follows(event->sequence, self->last_sequence)) {
    record_fault(self->report, CHAIN_SEQUENCE_BROKEN, event->sequence);
  }
  if (event->name.data == NULL) {
    /* Its name is part of the MAC, which can therefore not be computed. */
    record_fault(self->report, CHAIN_SECRET_MISSING, event->sequence);
  } else {
    GUARD(check_mac(self, event, error));
  }
  self->last_sequence = event->sequence;
  /* What is stored, not what was expected: one changed event is one fault, not all after it. */
  memset(self->previous_mac, 0, MAC_BYTES);
  if (event->mac.length == MAC_BYTES) memcpy(self->previous_mac, event->mac.data, MAC_BYTES);
  return SS_OK;
}

static ss_status check_checkpoint(walk *self, const namespace_record *record, ss_error *error) {
  if (record->checkpoint_sequence == 0) return SS_OK;
  audit_key_state state;
  bool authentic = false;
  GUARD(chain_use_epoch(self->signer, record->checkpoint_epoch, &state, error));
  if (state == AUDIT_KEY_SEALED) return SS_OK;
  if (state == AUDIT_KEY_OPEN) {
    GUARD(chain_checkpoint_is_authentic(self->signer, self->namespace_name, record, &authentic,
                                        error));
  }
  if (!authentic) {
    record_fault(self->report, CHAIN_CHECKPOINT_NOT_AUTHENTIC, record->checkpoint_sequence);
  }
  return SS_OK;
}

static ss_status check_head(walk *self, const namespace_record *record, ss_error *error) {
  const bool is_last_event = self->last_sequence == record->head_sequence &&
                             mac_equals(self->previous_mac, record->head_mac, MAC_BYTES);
  if (!is_last_event) record_fault(self->report, CHAIN_HEAD_WRONG, record->head_sequence);

  audit_key_state state;
  bool authentic = false;
  GUARD(chain_use_epoch(self->signer, record->head_epoch, &state, error));
  if (state == AUDIT_KEY_SEALED) return SS_OK;
  if (state == AUDIT_KEY_OPEN) {
    GUARD(chain_head_is_authentic(self->signer, self->namespace_name, record, &authentic, error));
  }
  if (!authentic) record_fault(self->report, CHAIN_HEAD_NOT_AUTHENTIC, record->head_sequence);
  return SS_OK;
}

ss_status chain_verify_namespace(chain_signer *signer, storage_session *session,
                                 text_view namespace_name, const namespace_record *record,
                                 chain_report *report, ss_error *error) {
  *report = (chain_report){0};
  walk self = {
      .signer = signer,
      .namespace_name = namespace_name,
      .report = report,
      .last_sequence = record->checkpoint_sequence,
  };
  memcpy(self.previous_mac, record->checkpoint_mac, MAC_BYTES);
  GUARD(check_checkpoint(&self, record, error));
  do {
    self.visited_in_batch = 0;
    GUARD(storage_session_check(session, error));
    const events_query query = {
        .filter = EVENTS_OF_NAMESPACE,
        .namespace_id = record->id,
        .order = SS_ASCENDING,
        .has_position = true,
        .after_sequence = self.last_sequence,
        .limit = EVENTS_PER_BATCH,
    };
    GUARD(storage_visit_events(session, &query, visit_event, &self, error));
  } while (self.visited_in_batch == EVENTS_PER_BATCH);
  return check_head(&self, record, error);
}
