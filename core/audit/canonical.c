/* Writing the canonical texts. */
#include "audit/canonical.h"

#include "base/json.h"

static void append_comma(byte_buffer *output) { buffer_append(output, ",", 1); }

static void append_number(byte_buffer *output, int64_t number) {
  append_comma(output);
  buffer_append_integer(output, number);
}

static void append_time(byte_buffer *output, int64_t time) {
  append_comma(output);
  json_append_time(output, time);
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

static void append_mac(byte_buffer *output, const unsigned char mac[STORAGE_MAC_BYTES]) {
  append_bytes(output, (byte_view){mac, STORAGE_MAC_BYTES});
}

/* A JSON object, as its text, with which the array ends: as it stands, so that there are no two ways
 * to write it. Any other text is none of ours; it stands as a string, and thus not for null. */
static void append_object(byte_buffer *output, text_view json) {
  if (json.length == 0 || json.data[0] != '{') {
    append_string(output, json);
    return;
  }
  append_comma(output);
  buffer_append(output, json.data, json.length);
}

static void end(byte_buffer *output) { buffer_append(output, "]", 1); }

void canonical_row(byte_buffer *output, text_view namespace_name, const secret_record *row) {
  buffer_append_text(output, "[\"row2\"");
  append_string(output, namespace_name);
  append_string(output, row->name);
  append_number(output, row->id);
  append_number(output, row->format);
  append_number(output, row->revision);
  append_number(output, row->key_version);
  append_number(output, row->created_at);
  append_number(output, row->updated_at);
  append_time(output, row->expires_at);
  append_bytes(output, row->iv);
  append_bytes(output, row->value_digest);
  append_bytes(output, row->dek_iv);
  append_bytes(output, row->wrapped_dek);
  append_object(output, row->metadata);
  end(output);
}

static void append_count(byte_buffer *output, int64_t count) {
  if (count == 0) {
    buffer_append_text(output, ",null");
  } else {
    append_number(output, count);
  }
}

/* The secret that an event is about; of the namespace's own there is none. */
static void append_subject(byte_buffer *output, const event_record *event) {
  append_count(output, event->secret_id);
  append_string(output, event->name);
  append_count(output, event->revision);
}

void canonical_event(byte_buffer *output, text_view store_id, text_view namespace_name,
                     const event_record *event) {
  buffer_append_text(output, "[\"event2\"");
  append_string(output, store_id);
  append_string(output, namespace_name);
  append_number(output, event->sequence);
  append_string(output, text_view_of(ss_event_type_name(event->type)));
  append_subject(output, event);
  append_string(output, event->actor);
  append_number(output, event->created_at);
  append_number(output, event->epoch);
  append_bytes(output, event->attempt);
  append_bytes(output, event->previous_digest);
  append_bytes(output, event->row_digest);
  append_object(output, event->detail);
  end(output);
}

void canonical_store_event(byte_buffer *output, text_view store_id,
                           const store_event_record *event) {
  buffer_append_text(output, "[\"storeevent1\"");
  append_string(output, store_id);
  append_number(output, event->sequence);
  append_string(output, text_view_of(ss_event_type_name(event->type)));
  append_string(output, event->actor);
  append_number(output, event->created_at);
  append_number(output, event->epoch);
  append_bytes(output, event->attempt);
  append_object(output, event->detail);
  end(output);
}

void canonical_head(byte_buffer *output, text_view store_id, text_view namespace_name,
                    const namespace_record *record,
                    const unsigned char sum_digest[STORAGE_MAC_BYTES]) {
  buffer_append_text(output, "[\"head2\"");
  append_string(output, store_id);
  append_string(output, namespace_name);
  append_number(output, record->sequence);
  append_mac(output, record->mac);
  append_number(output, record->epoch);
  append_number(output, record->last_event_at);
  append_number(output, record->secrets);
  append_number(output, record->versions);
  append_number(output, record->removed);
  append_mac(output, sum_digest);
  append_number(output, record->checkpoint_sequence);
  append_mac(output, record->checkpoint_mac);
  append_number(output, record->root_sequence);
  append_number(output, record->sealed_sequence);
  append_mac(output, record->sealed_mac);
  end(output);
}

void canonical_seal(byte_buffer *output, text_view store_id, const seal_record *seal,
                    const unsigned char sum_digest[STORAGE_MAC_BYTES]) {
  buffer_append_text(output, "[\"seal1\"");
  append_string(output, store_id);
  append_number(output, seal->epoch);
  append_number(output, seal->counter);
  append_number(output, seal->root_sequence);
  append_mac(output, seal->root_mac);
  append_number(output, seal->namespaces);
  append_mac(output, sum_digest);
  end(output);
}

void canonical_row_term(byte_buffer *output, row_table table, int64_t replaced_at,
                        int64_t removed_at, const unsigned char digest[STORAGE_MAC_BYTES]) {
  static const char *const names[] = {
      [ROWS_OF_SECRETS] = "secret",
      [ROWS_OF_VERSIONS] = "version",
      [ROWS_OF_REMOVED] = "removed",
  };
  buffer_append_text(output, "[\"term1\"");
  append_string(output, text_view_of(names[table]));
  append_time(output, replaced_at);
  append_time(output, removed_at);
  append_mac(output, digest);
  end(output);
}

void canonical_sealed_term(byte_buffer *output, text_view namespace_name, int64_t sequence,
                           const unsigned char mac[STORAGE_MAC_BYTES]) {
  buffer_append_text(output, "[\"sealed1\"");
  append_string(output, namespace_name);
  append_number(output, sequence);
  append_mac(output, mac);
  end(output);
}
