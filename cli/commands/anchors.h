/* What audit anchor and restore share: an anchor into a file. */
#ifndef CLI_ANCHORS_H
#define CLI_ANCHORS_H

#include "session/session.h"
#include "session/target.h"

/* Makes an anchor of the store, and puts it into the file: the file is begun first, so that none is
 * made that cannot be kept. like is whose owner and mode the file gets; NULL: mode 0600. Tells when
 * it was made (made_at may be NULL). Gives an exit code. */
int anchor_make(session *opened, target *output, const struct stat *like, int64_t *made_at);

#endif
