/* A write transaction of the engine: a storage session, the namespace it has locked with the head
 * of its chain, the root and the seal, and the wraps it took. Every change goes through here, so
 * that none is committed without its event, or without the seal that covers it.
 *
 *     transaction_begin       takes a write session, checks root and seal; admits keys that the
 *                             root does not know (admission.h)
 *     transaction_lock        locks a namespace, reads the present under that lock, checks the head
 *                             that the chain will build on
 *     transaction_append      appends an event to the locked namespace's chain, and adds up what it
 *                             changes of the namespace's state
 *     transaction_commit      seals and saves the head, renews the seal, commits
 *     transaction_clear       rolls back what was not committed; for ON_SCOPE_EXIT
 *
 * Locking another namespace saves the head of the former. Changing the root is root_change.h's. */
#ifndef ENGINE_CHANGE_TRANSACTION_H
#define ENGINE_CHANGE_TRANSACTION_H

#include "engine/change/gate.h"
#include "engine/store/store.h"

typedef struct transaction {
  ss_store *store;
  scratch *scratch;
  storage_session *session; /* NULL: ended */
  int64_t now;              /* as the namespace, or the root, was locked */
  int64_t granted_wraps;    /* taken out of the store by this transaction, not used yet */
  unsigned char attempt[STORAGE_ATTEMPT_BYTES]; /* in all its events */
  trust *next; /* the root that it makes, once sealed what the scratch works with */
  seal_record seal;
  bool seal_changed;
  bool accepts_heads; /* as they are, without checking them (accept.c) */
  bool needs_proof; /* of the locked namespace's state, before it is tried again (state_proof.h) */
  bool proves_here; /* it is not tried again: the proof is made under the lock */
  state_map proved; /* of one namespace that it has locked; sequence 0: none */

  bool locked;
  text_view namespace_name; /* the caller's; must outlive the transaction */
  namespace_record namespace_row;
  bool is_new_namespace; /* which the seal does not count yet */
  bool has_new_events;   /* since the head was last saved */
} transaction;

/* passed: the operation's gate, whose policy and caller are asked about keys to admit. */
ss_status transaction_begin(ss_store *store, scratch *with, gate *passed, transaction *started,
                            ss_error *error) MUST_CHECK;
void transaction_clear(transaction *self);

/* lock->name must outlive the transaction. found (may not be NULL): whether the namespace exists;
 * without create, nothing is locked if it does not. SS_INTEGRITY_VIOLATION if the head of its chain
 * does not authenticate. */
ss_status transaction_lock(transaction *self, const namespace_lock *lock, bool *found,
                           ss_error *error) MUST_CHECK;

/* Fresh wraps are counted: takes some from the budget of the active key, which must be admitted. */
ss_status transaction_take_wrap(transaction *self, ss_error *error) MUST_CHECK;

/* What happened to a secret. The digests are of its row as it was found and as it is left; NULL:
 * none. */
typedef struct secret_change {
  ss_event_type type;
  int64_t secret_id;
  int64_t revision;
  text_view name;
  text_view actor;  /* or absent */
  text_view detail; /* JSON text, or absent */
  const unsigned char *previous_digest;
  const unsigned char *row_digest;
} secret_change;

/* Appends the event, and moves the state from the one digest to the other. */
ss_status transaction_append(transaction *self, const secret_change *change,
                             ss_error *error) MUST_CHECK;
/* Prunes the locked namespace's events up to a sequence, whose MAC is mac, and says so in an event.
 * The caller has verified what it prunes. */
ss_status transaction_prune(transaction *self, int64_t up_to_sequence, int64_t count,
                            const unsigned char mac[MAC_BYTES], text_view actor,
                            ss_error *error) MUST_CHECK;
/* The locked namespace's head is saved in the newest epoch, though nothing else changes. */
void transaction_reseal(transaction *self);
/* What is true of the namespace as a whole: pruned, accepted. */
ss_status transaction_append_note(transaction *self, ss_event_type type, text_view actor,
                                  text_view detail, ss_error *error) MUST_CHECK;
ss_status transaction_commit(transaction *self, ss_error *error) MUST_CHECK;

/* All of it: runs body in a transaction, and commits if it says that it changed anything. A body
 * may be run again, on what the store holds then: it begins anew each time, draws what must be
 * fresh itself, and what it found counts once this returned SS_OK. */
typedef ss_status (*transaction_body)(void *context, transaction *tx, bool *changed,
                                      ss_error *error);
ss_status transaction_run(ss_store *store, scratch *with, gate *passed, transaction_body body,
                          void *context, ss_error *error) MUST_CHECK;

#endif
