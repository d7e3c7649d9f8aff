/* A write transaction of the engine: a storage session, the namespace it has locked with the head
 * of its audit chain, and the wraps it took. Every change goes through here, so that no change is
 * committed without its event.
 *
 *     transaction_begin       takes a write session; the first one of a handle records what is new
 *                             in its keys (recording.h)
 *     transaction_lock        locks a namespace, reads the present under that lock, checks the head
 *                             that the chain will build on
 *     transaction_append      appends an event to the locked namespace's chain
 *     transaction_commit      seals and saves the head, commits
 *     transaction_clear       rolls back what was not committed; for ON_SCOPE_EXIT
 *
 * Locking another namespace saves the head of the former. */
#ifndef ENGINE_CHANGE_TRANSACTION_H
#define ENGINE_CHANGE_TRANSACTION_H

#include "engine/store/store.h"

typedef struct transaction {
  ss_store *store;
  scratch *scratch;
  storage_session *session; /* NULL: ended */
  int64_t now;              /* as the namespace was locked */
  int64_t granted_wraps;    /* taken out of the store by this transaction, not used yet */
  bool records_keys;        /* this handle's, which count as recorded once it commits */

  bool locked;
  text_view namespace_name; /* the caller's; must outlive the transaction */
  namespace_record namespace_row;
  int64_t epoch;         /* in which events are appended; 0: not chosen yet */
  int64_t started_epoch; /* by this transaction, and not stored before it commits; 0: none */
  bool has_new_events;   /* since the head was last saved */
} transaction;

ss_status transaction_begin(ss_store *store, scratch *with, transaction *started,
                            ss_error *error) MUST_CHECK;
void transaction_clear(transaction *self);

/* lock->name must outlive the transaction. found (may not be NULL): whether the namespace exists;
 * without create, nothing is locked if it does not. SS_INTEGRITY_VIOLATION if the head of its chain
 * does not authenticate. */
ss_status transaction_lock(transaction *self, const namespace_lock *lock, bool *found,
                           ss_error *error) MUST_CHECK;

/* Fresh wraps are counted: takes one from the budget. */
ss_status transaction_take_wrap(transaction *self, ss_error *error) MUST_CHECK;

/* What happened to a secret. row is the row as it stands now; NULL after a deletion. */
typedef struct secret_change {
  ss_event_type type;
  int64_t secret_id;
  text_view name;
  text_view actor;  /* or absent */
  text_view detail; /* JSON text, or absent */
  const secret_record *row;
} secret_change;

ss_status transaction_append(transaction *self, const secret_change *change,
                             ss_error *error) MUST_CHECK;
/* Prunes the locked namespace's events up to a sequence, whose MAC is mac, and leaves the
 * checkpoint that verification starts from. The caller has verified what it prunes. */
ss_status transaction_prune(transaction *self, int64_t up_to_sequence,
                            const unsigned char mac[MAC_BYTES], ss_error *error) MUST_CHECK;
ss_status transaction_commit(transaction *self, ss_error *error) MUST_CHECK;

/* All of it: runs body in a transaction, and commits if it says that it changed anything. A body
 * may be run again, on what the store holds then: it begins anew each time, draws what must be
 * fresh itself, and what it found counts once this returned SS_OK. */
typedef ss_status (*transaction_body)(void *context, transaction *tx, bool *changed,
                                      ss_error *error);
ss_status transaction_run(ss_store *store, scratch *with, transaction_body body, void *context,
                          ss_error *error) MUST_CHECK;

#endif
