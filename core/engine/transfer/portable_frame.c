/* Faults, keyrings for transfers, and the frame of a portable export. */
#include "engine/transfer/portable_frame.h"

#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/status.h"

static const char header_start[] = "{\"secretstoreExport\":";
static const char end_start[] = "{\"secretstoreExportEnd\":1,";

/* ---- Keyrings ------------------------------------------------------------------------------ */

ss_status ss_keyring_new(ss_keyring **created, ss_error *error) {
  error_clear(error);
  if (created == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "keyring: expected a place for it, got none");
  }
  *created = memory_new(sizeof **created);
  return *created == NULL ? error_out_of_memory(error) : SS_OK;
}

void ss_keyring_free(ss_keyring *freed) {
  if (freed == NULL) return;
  keyring_clear(&freed->ring);
  memory_free(freed);
}

ss_status ss_keyring_add_key(ss_keyring *self, int64_t version, const char *key, ss_error *error) {
  error_clear(error);
  if (self == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "keyring: expected one, got none");
  }
  return keyring_add_text(&self->ring, version, text_view_of(key), error);
}

/* ---- Faults -------------------------------------------------------------------------------- */

ss_status transfer_faults_init(transfer_faults *faults, arena *memory, ss_error *error) {
  *faults = (transfer_faults){.memory = memory};
  faults->items = arena_allocate(memory, SS_MAX_TRANSFER_FAULTS * sizeof *faults->items);
  return faults->items == NULL ? error_out_of_memory(error) : SS_OK;
}

static ss_status keep_text(transfer_faults *faults, text_view text, const char **kept,
                           ss_error *error) {
  *kept = NULL;
  if (text.data == NULL) return SS_OK;
  *kept = arena_copy_text(faults->memory, text);
  return *kept == NULL ? error_out_of_memory(error) : SS_OK;
}

ss_status transfer_faults_add(transfer_faults *faults, int64_t line, text_view namespace_name,
                              text_view name, const ss_error *why, ss_error *error) {
  faults->count++;
  if (faults->described == SS_MAX_TRANSFER_FAULTS) return SS_OK;
  ss_transfer_fault fault = {.line = line, .code = why->code};
  GUARD(keep_text(faults, namespace_name, &fault.namespace_name, error));
  GUARD(keep_text(faults, name, &fault.name, error));
  GUARD(keep_text(faults, text_view_of(why->message), &fault.message, error));
  faults->items[faults->described++] = fault;
  return SS_OK;
}

/* ---- Writing the frame --------------------------------------------------------------------- */

void portable_frame_clear(portable_frame *frame) {
  mac_clear(&frame->mac);
  *frame = (portable_frame){0};
}

static ss_status draw_id(portable_frame *frame, ss_error *error) {
  static const char digits[] = "0123456789abcdef";
  unsigned char id[STORE_ID_BYTES];
  GUARD(random_public(id, sizeof id, error));
  for (size_t i = 0; i < sizeof id; i++) {
    frame->export_id_text[2 * i] = digits[id[i] >> 4];
    frame->export_id_text[2 * i + 1] = digits[id[i] & 15];
  }
  frame->export_id = text_view_of(frame->export_id_text);
  return SS_OK;
}

static void append_base64_field(byte_buffer *line, const char *name, const unsigned char *data,
                                size_t length) {
  buffer_append_text(line, name);
  base64_encode(BASE64_URL, data, length, line);
  buffer_append_text(line, "\"");
}

static ss_status append_header(const portable_frame *frame, int64_t key_version, text_view store_id,
                               int64_t now, const wrapped_key *wrapped, byte_buffer *line,
                               ss_error *error) {
  buffer_append_text(line, header_start);
  buffer_append_text(line, "1,\"exportId\":");
  json_append_string(line, frame->export_id);
  buffer_append_text(line, ",\"storeId\":");
  json_append_string(line, store_id);
  buffer_append_text(line, ",\"exportedAt\":");
  buffer_append_integer(line, now);
  buffer_append_text(line, ",\"keyVersion\":");
  buffer_append_integer(line, key_version);
  append_base64_field(line, ",\"exportKeyIv\":\"", wrapped->iv, sizeof wrapped->iv);
  append_base64_field(line, ",\"exportKey\":\"", wrapped->bytes, sizeof wrapped->bytes);
  buffer_append_text(line, "}");
  return buffer_status(line, error);
}

ss_status portable_frame_begin(portable_frame *frame, const crypto_suite *suite, envelope *sealer,
                               int64_t key_version, text_view store_id, int64_t now,
                               byte_buffer *line, ss_error *error) {
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  wrapped_key wrapped;
  GUARD(draw_id(frame, error));
  GUARD(random_private(key.bytes, sizeof key.bytes, error));
  GUARD(random_public(wrapped.iv, sizeof wrapped.iv, error));
  GUARD(envelope_wrap_export_key(sealer, frame->export_id, key_version, &key, &wrapped, error));
  GUARD(mac_init(&frame->mac, suite, key.bytes, error));
  return append_header(frame, key_version, store_id, now, &wrapped, line, error);
}

ss_status portable_frame_cover(portable_frame *frame, byte_view line, ss_error *error) {
  const byte_view previous = {frame->running_mac, sizeof frame->running_mac};
  unsigned char next[MAC_BYTES];
  GUARD(mac_compute(&frame->mac, previous, line, next, error));
  memcpy(frame->running_mac, next, sizeof next);
  frame->lines_covered++;
  return SS_OK;
}

void portable_frame_end(const portable_frame *frame, byte_buffer *line) {
  buffer_append_text(line, end_start);
  buffer_append_text(line, "\"rows\":");
  buffer_append_integer(line, frame->lines_covered - 1);
  buffer_append_text(line, ",\"mac\":\"");
  buffer_append_hex(line, frame->running_mac, sizeof frame->running_mac);
  buffer_append_text(line, "\"}");
}

/* ---- Reading it ---------------------------------------------------------------------------- */

static bool starts_with(text_view line, const char *start) {
  const size_t length = strlen(start);
  return line.length >= length && memcmp(line.data, start, length) == 0;
}

bool portable_is_header(text_view line) { return starts_with(line, header_start); }

static ss_status malformed_header(ss_error *error) {
  return error_set(error, SS_INVALID_ARGUMENT,
                   "line 1: expected the header of a portable export, got a malformed one");
}

typedef struct header_fields {
  int64_t key_version;
  byte_buffer iv;
  byte_buffer wrapped;
} header_fields;

static void header_fields_clear(header_fields *fields) {
  buffer_clear(&fields->iv);
  buffer_clear(&fields->wrapped);
}

static bool decode_field(const json_t *document, const char *name, byte_buffer *output) {
  const json_t *found = json_object_get(document, name);
  const text_view text = {json_string_value(found), json_string_length(found)};
  return text.data != NULL && base64_decode(BASE64_URL, text, output);
}

static ss_status read_header(portable_frame *frame, const json_t *document, header_fields *fields,
                             ss_error *error) {
  const json_t *format = json_object_get(document, "secretstoreExport");
  const json_t *id = json_object_get(document, "exportId");
  const json_t *version = json_object_get(document, "keyVersion");
  if (json_is_integer(format) && json_integer_value(format) != 1) {
    return error_set(error, SS_UNSUPPORTED,
                     "line 1: expected format 1 of a portable export, got "
                     "%lld; it needs a newer library",
                     (long long)json_integer_value(format));
  }
  const bool decoded = decode_field(document, "exportKeyIv", &fields->iv) &&
                       decode_field(document, "exportKey", &fields->wrapped);
  GUARD(buffer_status(&fields->iv, error));
  GUARD(buffer_status(&fields->wrapped, error));
  if (!decoded || !json_is_integer(format) || !json_is_integer(version) ||
      json_string_length(id) != STORE_ID_TEXT_CAPACITY - 1) {
    return malformed_header(error);
  }
  memcpy(frame->export_id_text, json_string_value(id), STORE_ID_TEXT_CAPACITY);
  frame->export_id = text_view_of(frame->export_id_text);
  fields->key_version = json_integer_value(version);
  return SS_OK;
}

ss_status portable_frame_open(portable_frame *frame, const crypto_suite *suite, envelope *opener,
                              text_view header, ss_error *error) {
  header_fields fields ON_SCOPE_EXIT(header_fields_clear) = {0};
  dek key ON_SCOPE_EXIT(dek_clear) = {0};
  json_t *document = NULL;
  GUARD(json_parse(header, &document, NULL, error));
  if (document == NULL) return malformed_header(error);
  const ss_status status = read_header(frame, document, &fields, error);
  json_decref(document);
  GUARD(status);
  GUARD(envelope_unwrap_export_key(opener, frame->export_id, fields.key_version,
                                   buffer_view(&fields.iv), buffer_view(&fields.wrapped), &key,
                                   error));
  return mac_init(&frame->mac, suite, key.bytes, error);
}

/* The line is written anew and compared: it holds nothing but the count and the MAC. */
ss_status portable_check_end(const portable_frame *frame, text_view line, bool *is_end,
                             bool *authentic, ss_error *error) {
  *authentic = false;
  *is_end = starts_with(line, end_start);
  if (!*is_end) return SS_OK;
  byte_buffer expected ON_SCOPE_EXIT(buffer_clear) = {0};
  portable_frame_end(frame, &expected);
  GUARD(buffer_status(&expected, error));
  *authentic = line.length == expected.length &&
               mac_equals((const unsigned char *)line.data, expected.data, expected.length);
  return SS_OK;
}
