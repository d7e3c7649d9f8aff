/* Finding a secret's last event. */
#include "engine/change/last_event.h"

#include <string.h>

#include "crypto/mac.h"

static ss_status take_event(void *context, const event_record *event, ss_error *error) {
  last_event *last = context;
  (void)error;
  last->found = true;
  last->type = event->type;
  last->sequence = event->sequence;
  last->has_digest = event->row_digest.length == SHA256_BYTES;
  if (last->has_digest) memcpy(last->row_digest, event->row_digest.data, SHA256_BYTES);
  return SS_OK;
}

ss_status last_event_find(storage_session *session, int64_t secret_id, last_event *last,
                          ss_error *error) {
  const events_query query = {
      .filter = EVENTS_OF_SECRET,
      .secret_id = secret_id,
      .order = SS_DESCENDING,
      .limit = 1,
  };
  *last = (last_event){0};
  return storage_visit_events(session, &query, take_event, last, error);
}

bool last_event_left(const last_event *last, const unsigned char digest[SHA256_BYTES]) {
  return last->type != SS_EVENT_DELETED && last->has_digest &&
         mac_equals(last->row_digest, digest, SHA256_BYTES);
}
