/* Which of the configured keys a store takes on. No key joins by itself: opening needs one that the
 * root admits, and the first write of such a handle admits the others, if the policy lets its caller
 * (operation "configure"). If it does not, the write goes on where its own key is admitted. */
#ifndef ENGINE_CHANGE_ADMISSION_H
#define ENGINE_CHANGE_ADMISSION_H

#include "engine/change/gate.h"
#include "engine/change/transaction.h"

/* Before the transaction: asks the policy if it seems that there is something to admit. */
ss_status admission_foresee(const scratch *with, gate *passed, ss_error *error) MUST_CHECK;

/* In it, under the root that it found. */
ss_status admission_run(transaction *tx, gate *passed, ss_error *error) MUST_CHECK;

#endif
