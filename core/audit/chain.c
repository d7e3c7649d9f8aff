/* Canonical texts, MACs, and appending to a chain. */
#include "audit/chain.h"

#include <string.h>

#include "base/json.h"
#include "base/status.h"

void chain_signer_init(chain_signer *signer, const crypto_suite *suite, audit_epochs *epochs,
                       text_view store_id) {
  *signer = (chain_signer){.suite = suite, .epochs = epochs, .store_id = store_id};
}

void chain_signer_clear(chain_signer *signer) {
  mac_clear(&signer->mac);
  buffer_clear(&signer->scratch);
  *signer = (chain_signer){0};
}

ss_status chain_use_epoch(chain_signer *signer, int64_t epoch, audit_key_state *state,
                          ss_error *error) {
  *state = AUDIT_KEY_OPEN;
  if (signer->keyed_epoch == epoch && epoch != 0) return SS_OK;
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  *state = audit_epochs_key(signer->epochs, epoch, &key);
  if (*state != AUDIT_KEY_OPEN) return SS_OK;
  signer->keyed_epoch = 0;
  mac_clear(&signer->mac);
  GUARD(mac_init(&signer->mac, signer->suite, key.bytes, error));
  signer->keyed_epoch = epoch;
  return SS_OK;
}

void chain_forget_epoch(chain_signer *signer) {
  mac_clear(&signer->mac);
  signer->keyed_epoch = 0;
}

/* ---- Canonical texts ----------------------------------------------------------------------- */

static void append_comma(byte_buffer *output) { buffer_append(output, ",", 1); }

static void append_number(byte_buffer *output, int64_t number) {
  append_comma(output);
  buffer_append_integer(output, number);
}

static void append_string(byte_buffer *output, text_view text) {
  append_comma(output);
  json_append_string(output, text);
}

static void append_bytes(byte_buffer *output, byte_view bytes) {
  append_comma(output);
  if (bytes.data == NULL) {
    buffer_append_text(output, "null");
    return;
  }
  buffer_append(output, "\"", 1);
  buffer_append_hex(output, bytes.data, bytes.length);
  buffer_append(output, "\"", 1);
}

/* Text that is JSON already. */
static void append_json(byte_buffer *output, text_view json) {
  append_comma(output);
  if (json.data == NULL) {
    buffer_append_text(output, "null");
  } else {
    buffer_append(output, json.data, json.length);
  }
}

void chain_append_canonical_event(byte_buffer *output, text_view store_id, text_view namespace_name,
                                  const event_record *event) {
  buffer_append_text(output, "[\"event1\"");
  append_string(output, store_id);
  append_string(output, namespace_name);
  append_number(output, event->sequence);
  append_string(output, text_view_of(ss_event_type_name(event->type)));
  append_number(output, event->secret_id);
  append_string(output, event->name);
  append_string(output, event->actor);
  append_number(output, event->created_at);
  append_number(output, event->epoch);
  append_bytes(output, event->row_digest);
  append_json(output, event->detail);
  buffer_append(output, "]", 1);
}

void chain_append_canonical_head(byte_buffer *output, text_view store_id, text_view namespace_name,
                                 const namespace_record *record) {
  buffer_append_text(output, "[\"head1\"");
  append_string(output, store_id);
  append_string(output, namespace_name);
  append_number(output, record->head_sequence);
  append_bytes(output, (byte_view){record->head_mac, sizeof record->head_mac});
  append_number(output, record->head_epoch);
  append_number(output, record->last_event_at);
  append_number(output, record->secret_count);
  buffer_append(output, "]", 1);
}

void chain_append_canonical_row(byte_buffer *output, const secret_record *secret) {
  buffer_append_text(output, "[\"row1\"");
  append_number(output, secret->id);
  append_number(output, secret->format);
  append_number(output, secret->revision);
  append_number(output, secret->key_version);
  append_number(output, secret->created_at);
  append_number(output, secret->updated_at);
  append_comma(output);
  json_append_time(output, secret->expires_at);
  append_bytes(output, secret->iv);
  append_bytes(output, secret->dek_iv);
  append_bytes(output, secret->wrapped_dek);
  append_json(output, secret->metadata);
  buffer_append(output, "]", 1);
}

/* ---- Digests and MACs ---------------------------------------------------------------------- */

ss_status chain_row_digest(chain_signer *signer, const secret_record *secret,
                           unsigned char digest[SHA256_BYTES], ss_error *error) {
  buffer_reset(&signer->scratch);
  chain_append_canonical_row(&signer->scratch, secret);
  GUARD(buffer_status(&signer->scratch, error));
  return sha256_digest(signer->suite, buffer_view(&signer->scratch), digest, error);
}

ss_status chain_event_mac(chain_signer *signer, text_view namespace_name,
                          const unsigned char previous_mac[MAC_BYTES], const event_record *event,
                          unsigned char mac[MAC_BYTES], ss_error *error) {
  buffer_reset(&signer->scratch);
  chain_append_canonical_event(&signer->scratch, signer->store_id, namespace_name, event);
  GUARD(buffer_status(&signer->scratch, error));
  const byte_view previous = {previous_mac, MAC_BYTES};
  return mac_compute(&signer->mac, previous, buffer_view(&signer->scratch), mac, error);
}

static ss_status head_mac(chain_signer *signer, text_view namespace_name,
                          const namespace_record *record, unsigned char mac[MAC_BYTES],
                          ss_error *error) {
  buffer_reset(&signer->scratch);
  chain_append_canonical_head(&signer->scratch, signer->store_id, namespace_name, record);
  GUARD(buffer_status(&signer->scratch, error));
  return mac_compute(&signer->mac, (byte_view){0}, buffer_view(&signer->scratch), mac, error);
}

ss_status chain_head_is_authentic(chain_signer *signer, text_view namespace_name,
                                  const namespace_record *record, bool *authentic,
                                  ss_error *error) {
  unsigned char expected[MAC_BYTES];
  *authentic = false;
  GUARD(head_mac(signer, namespace_name, record, expected, error));
  *authentic = mac_equals(expected, record->head_check, MAC_BYTES);
  return SS_OK;
}

static ss_status checkpoint_mac(chain_signer *signer, text_view namespace_name,
                                const namespace_record *record, unsigned char mac[MAC_BYTES],
                                ss_error *error) {
  byte_buffer *text = &signer->scratch;
  buffer_reset(text);
  buffer_append_text(text, "[\"checkpoint1\"");
  append_string(text, signer->store_id);
  append_string(text, namespace_name);
  append_number(text, record->checkpoint_sequence);
  append_bytes(text, (byte_view){record->checkpoint_mac, sizeof record->checkpoint_mac});
  append_number(text, record->checkpoint_epoch);
  buffer_append(text, "]", 1);
  GUARD(buffer_status(text, error));
  return mac_compute(&signer->mac, (byte_view){0}, buffer_view(text), mac, error);
}

ss_status chain_checkpoint_is_authentic(chain_signer *signer, text_view namespace_name,
                                        const namespace_record *record, bool *authentic,
                                        ss_error *error) {
  unsigned char expected[MAC_BYTES];
  *authentic = false;
  GUARD(checkpoint_mac(signer, namespace_name, record, expected, error));
  *authentic = mac_equals(expected, record->checkpoint_check, MAC_BYTES);
  return SS_OK;
}

ss_status chain_seal_checkpoint(chain_signer *signer, text_view namespace_name,
                                namespace_record *record, ss_error *error) {
  return checkpoint_mac(signer, namespace_name, record, record->checkpoint_check, error);
}

/* ---- Appending ----------------------------------------------------------------------------- */

ss_status chain_append(chain_signer *signer, storage_session *session, text_view namespace_name,
                       int64_t epoch, namespace_record *record, event_record *event,
                       ss_error *error) {
  unsigned char mac[MAC_BYTES];
  if (record->head_sequence >= SS_MAX_INTEGER) {
    return error_set(error, SS_STORAGE_CORRUPT, "an audit chain names an event that is beyond all");
  }
  event->namespace_id = record->id;
  event->sequence = record->head_sequence + 1;
  event->epoch = epoch;
  if (event->created_at < record->last_event_at) event->created_at = record->last_event_at;
  GUARD(chain_event_mac(signer, namespace_name, record->head_mac, event, mac, error));
  event->mac = (byte_view){mac, sizeof mac};
  const ss_status status = storage_insert_event(session, event, error);
  event->mac = (byte_view){0};
  GUARD(status);

  record->head_sequence = event->sequence;
  record->head_epoch = epoch;
  record->last_event_at = event->created_at;
  memcpy(record->head_mac, mac, sizeof mac);
  return SS_OK;
}

ss_status chain_seal_head(chain_signer *signer, text_view namespace_name, namespace_record *record,
                          ss_error *error) {
  return head_mac(signer, namespace_name, record, record->head_check, error);
}
