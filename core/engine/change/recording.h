/* What a store keeps of the keys that it is opened with: which active key versions it has seen,
 * with a check value of each, and the audit keys wrapped under them.
 *
 * Opening a store only reads. What is new is recorded by the first write of the handle, in that
 * write's own transaction: a reader leaves the file as it is, whatever keys it was given. */
#ifndef ENGINE_CHANGE_RECORDING_H
#define ENGINE_CHANGE_RECORDING_H

#include "engine/store/store.h"

/* Reads what the store recorded: its id, the audit keys. found: whether there is a store at all;
 * store->keys_are_recorded tells afterwards whether anything is new. SS_KEY_MISMATCH if a
 * configured key is not the one that the store knows by its version. */
ss_status recording_examine(ss_store *store, storage_session *session, scratch *with, bool *found,
                            ss_error *error) MUST_CHECK;

/* Makes a store in an empty database, with its first audit key. The caller has locked the store,
 * and commits. */
ss_status recording_found_store(ss_store *store, storage_session *session, scratch *with,
                                ss_error *error) MUST_CHECK;

/* Within a write transaction: locks the store, looks again, and records what is new. Nothing in
 * memory relies on it before the caller committed and set keys_are_recorded. */
ss_status recording_of_keys(ss_store *store, storage_session *session, scratch *with,
                            ss_error *error) MUST_CHECK;

#endif
