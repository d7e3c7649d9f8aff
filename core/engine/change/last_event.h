/* The last event of a secret, which says how it left the row: what was last signed. */
#ifndef ENGINE_CHANGE_LAST_EVENT_H
#define ENGINE_CHANGE_LAST_EVENT_H

#include "engine/change/transaction.h"

typedef struct last_event {
  bool found; /* false too where pruning took it */
  ss_event_type type;
  int64_t sequence;
  int64_t revision;
  bool has_digest;
  unsigned char row_digest[SHA256_BYTES];
} last_event;

/* Of a secret in the locked namespace. The event is authenticated: SS_INTEGRITY_VIOLATION if it is
 * none of the namespace's. That no later one was taken away is for verify to say. */
ss_status last_event_find(transaction *tx, text_view name, int64_t secret_id, last_event *last,
                          ss_error *error) MUST_CHECK;

/* Whether a row of that digest is as the event left it. */
bool last_event_left(const last_event *last, const unsigned char digest[SHA256_BYTES]);

#endif
