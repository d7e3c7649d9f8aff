/* Changing the root, within a write transaction: the next root is a copy that the caller alters, and
 * every change of it has an event in the store log, whose head is in the root.
 *
 *     root_change_begin   locks the store; tx->next is what may be altered
 *     root_change_log     appends an event
 *     root_change_end     the root as it now is, saved, and what the transaction goes on with */
#ifndef ENGINE_CHANGE_ROOT_CHANGE_H
#define ENGINE_CHANGE_ROOT_CHANGE_H

#include "engine/change/transaction.h"

ss_status root_change_begin(transaction *tx, ss_error *error) MUST_CHECK;

/* In the newest epoch, which may have begun in this change. */
ss_status root_change_log(transaction *tx, ss_event_type type, text_view actor, text_view detail,
                          ss_error *error) MUST_CHECK;

ss_status root_change_end(transaction *tx, ss_error *error) MUST_CHECK;

/* A change of the root that is nothing but an event. */
ss_status root_change_note(transaction *tx, ss_event_type type, text_view actor, text_view detail,
                           ss_error *error) MUST_CHECK;

/* What trusts are changed with. */
trust_tools root_change_tools(const transaction *tx);

/* Counts one wrap under every admitted key: of an epoch that began. */
ss_status root_change_count_wraps(transaction *tx, ss_error *error) MUST_CHECK;

/* The root and the seal of a store that does not exist yet, with all configured keys admitted. The
 * session has locked the store; its end is the caller's. */
ss_status root_change_found_store(transaction *tx, ss_error *error) MUST_CHECK;

/* Admits every configured key that the root does not know, and notes the first write with the active
 * one; a change of its own. */
ss_status root_change_admit(transaction *tx, bool admits, text_view actor,
                            ss_error *error) MUST_CHECK;

#endif
