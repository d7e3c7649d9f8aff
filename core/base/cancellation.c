/* Asking whether to stop, and the sentences that say so. */
#include "base/cancellation.h"

#include "base/status.h"

ss_status cancellation_check(const cancellation *self, ss_error *error) {
  const ss_status status = self->ask == NULL ? SS_OK : self->ask(self->context);
  if (status == SS_OK) return SS_OK;
  return error_set(error, status,
                   status == SS_CLOSED ? "the store was closed before the call had ended"
                                       : "the host had the call give up before it had ended");
}
