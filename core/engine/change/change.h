/* The one way to change a secret's row. put, update, remove, rotation, cleanup and import are
 * these steps, in this order:
 *
 *     change_begin           says which secret it is about
 *     change_foresee         asks the policy, before any lock, about the row that is there
 *   and in a transaction, which may be run again as a whole:
 *     change_find            locks the namespace, which brings the row; if it is not the one that
 *                            was foreseen, asks the policy again
 *     change_check_revision  whether the request's if_revision allows it
 *     change_authenticate    whether the row is what somebody with a key wrote
 *     change_compare         whether it is what was last signed
 *     change_compose         makes the row to be
 *     change_apply           wraps its DEK, enriches the event, stores the row, appends the event
 *
 * Nothing is told of the row that is there before the policy was asked. So what it judges may be
 * forged, but then nothing is written.
 *
 * What is proposed, judged, stored and told to enrich of metadata, expiry and value stands in one
 * place, the gate's subject, also where there is no policy. */
#ifndef ENGINE_CHANGE_CHANGE_H
#define ENGINE_CHANGE_CHANGE_H

#include "engine/change/gate.h"
#include "engine/change/transaction.h"

typedef enum change_kind {
  CHANGE_CREATES,  /* a secret that is not there */
  CHANGE_REPLACES, /* the value, and all that goes with it */
  CHANGE_EDITS,    /* metadata or expiry: the value's ciphertext stays */
  CHANGE_ROTATES,  /* only the key that the DEK is wrapped under */
  CHANGE_DELETES
} change_kind;

typedef struct change change;

/* Fills what an operation proposes into the gate's subject, whose target and now are set: metadata
 * and expires_at, and what else the policy looks at. Maybe for a secret that is not there. */
typedef ss_status (*change_proposal)(change *self, ss_error *error);

/* Stays where it is: the row views it. */
struct change {
  ss_store *store;
  scratch *scratch;
  gate *gate; /* the operation's */
  text_view namespace_name;
  text_view name;
  text_view actor;
  change_proposal propose; /* NULL: the operation was judged as a whole */
  const void *context;     /* propose's */
  bool expiry_follows_now; /* said by propose: expires_at was counted from now */
  /* What the transaction finds in this namespace, by name, if that is more than this secret. */
  const text_view *reads;
  size_t read_count;

  bool is_foreseen;
  transaction *tx; /* in which the row was found; NULL: none yet */
  bool found;
  secret_record current; /* if found, without value; its bytes are the scratch's */
  dek key;               /* the current row's, once it authenticates */
  bool is_current;       /* once change_compare says so; then this is its digest */
  bool is_unsigned;      /* there is no row for the namespace's state to lose */
  unsigned char current_digest[SHA256_BYTES];

  change_kind kind;
  secret_record row; /* as it will be */
  bool
      has_drawn_iv; /* wrapped.iv is fresh: for the first attempt, with one draw for all of a put */
  wrapped_key wrapped;
};

/* What is not known from the arguments is filled in by the caller. */
void change_begin(change *self, ss_store *store, scratch *with, gate *passed);
/* For ON_SCOPE_EXIT: wipes. */
void change_clear(change *self);

/* Without a policy there is nothing to ask, and nothing is done. */
ss_status change_foresee(change *self, ss_error *error) MUST_CHECK;

/* creates_namespace: if it is not there. */
ss_status change_find(change *self, transaction *tx, bool creates_namespace,
                      ss_error *error) MUST_CHECK;

ss_status change_check_revision(const change *self, int64_t if_revision,
                                ss_error *error) MUST_CHECK;

/* Of a row that was found. As row_unwrap_dek. */
ss_status change_authenticate(change *self, ss_error *error) MUST_CHECK;

/* Of a row that was found: SS_INTEGRITY_VIOLATION if its last event left it otherwise, so that
 * nobody signs, or sweeps away, what was put back or changed. Where that event was pruned, the
 * namespace's state must have been proved: the transaction is tried again with a proof if need be. */
ss_status change_compare(change *self, ss_error *error) MUST_CHECK;

/* For whoever deletes a row that is not authentic or not current: what the state loses is what was
 * last signed, as far as the log tells. */
ss_status change_purge(change *self, ss_error *error) MUST_CHECK;

/* Whether a failure of these two is the row's own, which says nothing of the next one. */
bool change_row_is_at_fault(ss_status status);

/* Makes self->row. For CHANGE_CREATES and _REPLACES the caller then fills in iv, value and
 * value_digest. */
ss_status change_compose(change *self, change_kind kind, ss_error *error) MUST_CHECK;

/* key: the DEK of the row to be; NULL if it is deleted. detail: what the event says by itself. A row
 * that was found must be current. */
ss_status change_apply(change *self, const dek *key, text_view detail, ss_error *error) MUST_CHECK;

/* The current metadata, as far as there is any, for those that keep it. */
text_view change_kept_metadata(const change *self);

#endif
