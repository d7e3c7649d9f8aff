/* Whether the work at hand is to stop before its end: the store closes, or the host asked for it.
 *
 * Whoever waits or works long asks between its steps, on the thread that works. Having been told to
 * stop, it fails with the status it was told, and its callers undo what is half done; asked again
 * on the way out, the answer is the same. */
#ifndef BASE_CANCELLATION_H
#define BASE_CANCELLATION_H

#include "base/guard.h"

typedef struct cancellation {
  ss_status (*ask)(void *context); /* SS_OK: go on. NULL: nothing ever stops the work */
  void *context;
} cancellation;

/* SS_OK to go on; SS_CLOSED or SS_INTERRUPTED to stop. May run the host's code: not to be called
 * with a lock held that others wait for without asking. */
ss_status cancellation_check(const cancellation *self, ss_error *error) MUST_CHECK;

#endif
