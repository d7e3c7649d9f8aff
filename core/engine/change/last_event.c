/* Finding a secret's last event. */
#include "engine/change/last_event.h"

#include <string.h>

#include "base/status.h"

static ss_status is_forged(text_view name, const event_record *event, ss_error *error) {
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   "secret \"%.*s\": event %lld, its last one, does not authenticate: the file was "
                   "changed; run verify",
                   QUOTED_LENGTH(name.length), name.data, (long long)event->sequence);
}

/* What the event's MAC follows: of the event before it, or of the newest one that was pruned. */
static bool find_previous_mac(const namespace_record *head, const event_record *event,
                              byte_view stored, byte_view *previous) {
  const bool is_first = event->sequence - 1 == head->checkpoint_sequence;
  *previous = is_first ? (byte_view){head->checkpoint_mac, MAC_BYTES} : stored;
  return previous->length == MAC_BYTES && event->mac.length == MAC_BYTES;
}

static bool is_of_namespace(const namespace_record *head, const event_record *event) {
  return event->namespace_id == head->id && event->sequence > head->checkpoint_sequence &&
         event->sequence <= head->sequence;
}

static ss_status authenticate(transaction *tx, text_view name, const event_record *event,
                              byte_view stored_previous, ss_error *error) {
  const namespace_record *head = &tx->namespace_row;
  byte_view previous;
  unsigned char mac[MAC_BYTES];
  if (!is_of_namespace(head, event) ||
      !find_previous_mac(head, event, stored_previous, &previous)) {
    return is_forged(name, event, error);
  }
  GUARD(
      signer_event_mac(&tx->scratch->signer, tx->namespace_name, previous.data, event, mac, error));
  return mac_equals(mac, event->mac.data, MAC_BYTES) ? SS_OK : is_forged(name, event, error);
}

ss_status last_event_find(transaction *tx, text_view name, int64_t secret_id, last_event *last,
                          ss_error *error) {
  event_record event;
  byte_view previous = {0};
  *last = (last_event){0};
  GUARD(storage_find_last_event(tx->session, secret_id, &event, &previous, &last->found, error));
  if (!last->found) return SS_OK;
  event.name = name;
  GUARD(authenticate(tx, name, &event, previous, error));
  last->type = event.type;
  last->sequence = event.sequence;
  last->revision = event.revision;
  last->has_digest = event.row_digest.length == SHA256_BYTES;
  if (last->has_digest) memcpy(last->row_digest, event.row_digest.data, SHA256_BYTES);
  return SS_OK;
}

bool last_event_left(const last_event *last, const unsigned char digest[SHA256_BYTES]) {
  return last->type != SS_EVENT_DELETED && last->has_digest &&
         mac_equals(last->row_digest, digest, SHA256_BYTES);
}
