/* The public names of event types. */
#include "secretstore/secretstore.h"

static const char *const event_type_names[] = {
    [SS_EVENT_ANY] = "any",         [SS_EVENT_CREATED] = "created", [SS_EVENT_UPDATED] = "updated",
    [SS_EVENT_DELETED] = "deleted", [SS_EVENT_ROTATED] = "rotated",
};

const char *ss_event_type_name(ss_event_type type) {
  const size_t count = sizeof event_type_names / sizeof event_type_names[0];
  const size_t index = (size_t)type;
  return index < count ? event_type_names[index] : "unknown";
}
