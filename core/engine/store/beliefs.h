/* Checking, in a session, that root and seal are authentic and no older than what this handle has
 * seen. A root that moved is opened, and believed from then on. */
#ifndef ENGINE_STORE_BELIEFS_H
#define ENGINE_STORE_BELIEFS_H

#include "engine/store/store.h"

/* known: what the handle knew before the session began. seal: what it says now. The scratch works
 * with the root's trust afterwards. SS_INTEGRITY_VIOLATION, and as trust_open. */
ss_status beliefs_check(ss_store *store, scratch *with, storage_session *session,
                        const known_state *known, seal_record *seal, ss_error *error) MUST_CHECK;

/* The same at open. found: whether there is a store at all. */
ss_status beliefs_form(ss_store *store, scratch *with, storage_session *session, bool *found,
                       ss_error *error) MUST_CHECK;

/* The seal's MAC, and that it is of the trust's root. */
ss_status beliefs_check_seal(scratch *with, const seal_record *seal, bool *authentic,
                             ss_error *error) MUST_CHECK;

/* ---- Sessions that read ---------------------------------------------------------------------- */

typedef struct reading {
  store_call *call;
  storage_session *session;
  known_state known;
} reading;

/* For point reads: what was read counts once reading_settle says that nothing moved. With a store
 * that nobody writes to that costs no statement. */
ss_status reading_begin(store_call *call, reading *self) MUST_CHECK;
/* again: root and seal had to be looked at, and the read is to be done anew. */
ss_status reading_settle(reading *self, bool *again, ss_error *error) MUST_CHECK;

/* For reads that are worth two statements: root and seal are checked at once. */
ss_status reading_begin_checked(store_call *call, reading *self) MUST_CHECK;
ss_status reading_begin_snapshot(store_call *call, reading *self, seal_record *seal) MUST_CHECK;

/* For ON_SCOPE_EXIT. */
void reading_end(reading *self);

#endif
