/* Proving that a row is current whose last event was pruned: all rows of its namespace, added up,
 * come to what the head says. The proof is made in a snapshot, outside of any lock, and kept by the
 * handle (state_maps.h): it holds for every secret that has had no event since. Where that does not
 * come to an end, since others prune meanwhile, or a transaction is about more namespaces than are
 * kept, it is made under the lock. */
#ifndef ENGINE_CHANGE_STATE_PROOF_H
#define ENGINE_CHANGE_STATE_PROOF_H

#include "engine/store/store.h"

/* Of a namespace, by name. SS_INTEGRITY_VIOLATION if it does not come out. */
ss_status state_proof_make(ss_store *store, scratch *with, text_view namespace_name,
                           ss_error *error) MUST_CHECK;

/* The same within a write transaction, of the namespace that it has locked, whose head so far is given:
 * what built holds, it holds until the transaction ends, for every secret whose events are gone. */
ss_status state_proof_make_here(scratch *with, storage_session *session, text_view namespace_name,
                                const namespace_record *head, state_map *built,
                                ss_error *error) MUST_CHECK;

/* That a head is authentic, and of an epoch in force. */
ss_status state_proof_check_head(scratch *with, text_view namespace_name,
                                 const namespace_record *head, ss_error *error) MUST_CHECK;

/* Whether there is a proof that reaches to the head's checkpoint, behind which a secret may have had
 * its last event; and if so, whether it holds that row. */
bool state_proof_find(ss_store *store, const namespace_record *head, int64_t secret_id,
                      const unsigned char digest[SHA256_BYTES], bool *held);

#endif
