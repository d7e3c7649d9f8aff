/* The public names of event types. */
#include "secretstore/secretstore.h"

static const char *const event_type_names[] = {
    [SS_EVENT_ANY] = "any",
    [SS_EVENT_CREATED] = "created",
    [SS_EVENT_UPDATED] = "updated",
    [SS_EVENT_DELETED] = "deleted",
    [SS_EVENT_ROTATED] = "rotated",
    [SS_EVENT_READ] = "read",
    [SS_EVENT_EXPUNGED] = "expunged",
    [SS_EVENT_PRUNED] = "pruned",
    [SS_EVENT_ACCEPTED] = "accepted",
    [SS_EVENT_REWRAPPED] = "rewrapped",
    [SS_EVENT_STORE_CREATED] = "store_created",
    [SS_EVENT_KEY_ADDED] = "key_added",
    [SS_EVENT_KEY_ACTIVATED] = "key_activated",
    [SS_EVENT_KEY_RETIRING] = "key_retiring",
    [SS_EVENT_KEY_RETIRED] = "key_retired",
    [SS_EVENT_POLICY_REQUIRED] = "policy_required",
    [SS_EVENT_SETTINGS_CHANGED] = "settings_changed",
    [SS_EVENT_NAMESPACE_ACCEPTED] = "namespace_accepted",
    [SS_EVENT_ANCHORED] = "anchored",
    [SS_EVENT_RESTORED] = "restored",
    [SS_EVENT_IMPORTED] = "imported",
};

const char *ss_event_type_name(ss_event_type type) {
  const size_t count = sizeof event_type_names / sizeof event_type_names[0];
  const size_t index = (size_t)type;
  const bool is_named = index < count && event_type_names[index] != NULL;
  return is_named ? event_type_names[index] : "unknown";
}
