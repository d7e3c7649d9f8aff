/* Walking a namespace's chain from its checkpoint to its head, recomputing every MAC. */
#ifndef AUDIT_CHAIN_VERIFY_H
#define AUDIT_CHAIN_VERIFY_H

#include "audit/chain.h"

typedef enum chain_fault {
  CHAIN_INTACT,
  CHAIN_SEQUENCE_BROKEN,    /* an event is missing, added or out of order */
  CHAIN_MAC_WRONG,          /* an event was changed, or the one before it was */
  CHAIN_HEAD_WRONG,         /* the head is not the last event's: the tail was cut or replaced */
  CHAIN_HEAD_NOT_AUTHENTIC, /* the head's own MAC is wrong */
  CHAIN_CHECKPOINT_NOT_AUTHENTIC,
  CHAIN_SECRET_MISSING, /* the secret of an event has neither a row nor a removal */
} chain_fault;

typedef struct chain_report {
  int64_t events_checked;     /* whose MAC was computed and fits */
  int64_t events_uncheckable; /* of epochs whose key is not open */
  chain_fault fault;          /* the first one */
  int64_t fault_sequence;     /* where; 0 if nowhere */
} chain_report;

/* Faults are a result; only storage and crypto failures are errors. The session sees one state. */
ss_status chain_verify_namespace(chain_signer *signer, storage_session *session,
                                 text_view namespace_name, const namespace_record *record,
                                 chain_report *report, ss_error *error) MUST_CHECK;

#endif
