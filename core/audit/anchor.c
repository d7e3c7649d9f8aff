/* Writing and reading anchors. */
#include "audit/anchor.h"

#include "base/hex.h"
#include "base/json.h"
#include "base/status.h"

static void append_covered(byte_buffer *text, const signer *with, const anchor *written) {
  buffer_append_text(text, "{\"secretstoreAnchor\":1,\"storeId\":");
  json_append_string(text, text_view_of(with->trust->root.store_id));
  buffer_append_text(text, ",\"storeLogSequence\":");
  buffer_append_integer(text, written->log_sequence);
  buffer_append_text(text, ",\"storeLogMac\":\"");
  buffer_append_hex(text, written->log_mac, sizeof written->log_mac);
  buffer_append_text(text, "\",\"sealCounter\":");
  buffer_append_integer(text, written->seal_counter);
  buffer_append_text(text, ",\"epoch\":");
  buffer_append_integer(text, written->epoch);
  buffer_append_text(text, ",\"madeAt\":");
  buffer_append_integer(text, written->made_at);
}

static ss_status covered_mac(signer *with, const anchor *of, byte_buffer *text,
                             unsigned char mac[MAC_BYTES], ss_error *error) {
  append_covered(text, with, of);
  GUARD(buffer_status(text, error));
  return signer_anchor_mac(with, of->epoch, buffer_view(text), mac, error);
}

ss_status anchor_write(signer *with, const anchor *written, byte_buffer *text, ss_error *error) {
  unsigned char mac[MAC_BYTES];
  buffer_reset(text);
  GUARD(covered_mac(with, written, text, mac, error));
  buffer_append_text(text, ",\"mac\":\"");
  buffer_append_hex(text, mac, sizeof mac);
  buffer_append_text(text, "\"}");
  return buffer_status(text, error);
}

/* ---- Reading --------------------------------------------------------------------------------- */

static bool read_number(const json_t *document, const char *field, int64_t *number) {
  const json_t *found = json_object_get(document, field);
  *number = json_integer_value(found);
  return json_is_integer(found) && *number >= 0 && *number <= SS_MAX_INTEGER;
}

static bool read_mac(const json_t *document, const char *field, unsigned char mac[MAC_BYTES]) {
  const json_t *found = json_object_get(document, field);
  const text_view text = {json_string_value(found), json_string_length(found)};
  return json_is_string(found) && hex_decode(text, mac, MAC_BYTES);
}

static bool read_fields(const json_t *document, anchor *read) {
  int64_t format = 0;
  return read_number(document, "secretstoreAnchor", &format) && format == 1 &&
         read_number(document, "storeLogSequence", &read->log_sequence) &&
         read_mac(document, "storeLogMac", read->log_mac) &&
         read_number(document, "sealCounter", &read->seal_counter) &&
         read_number(document, "epoch", &read->epoch) &&
         read_number(document, "madeAt", &read->made_at) && read_mac(document, "mac", read->mac);
}

static ss_status check_store(const signer *with, const json_t *document, ss_error *error) {
  const char *id = json_string_value(json_object_get(document, "storeId"));
  if (id != NULL && strcmp(id, with->trust->root.store_id) == 0) return SS_OK;
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   "anchor: expected one of this store, got another store's: the file is another "
                   "one, or the anchor is");
}

/* The text is written anew, so that white space and spelling do not matter. */
static ss_status check_mac(signer *with, const anchor *read, ss_error *error) {
  byte_buffer text ON_SCOPE_EXIT(buffer_clear) = {0};
  unsigned char mac[MAC_BYTES];
  const bool is_known = trust_epoch(with->trust, read->epoch) != NULL;
  if (is_known) GUARD(covered_mac(with, read, &text, mac, error));
  if (is_known && mac_equals(mac, read->mac, MAC_BYTES)) return SS_OK;
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   is_known
                       ? "anchor: its MAC is wrong: it was changed"
                       : "anchor: it is of a later epoch than the store: the file was put back "
                         "to an older state");
}

ss_status anchor_read(signer *with, text_view text, anchor *read, ss_error *error) {
  json_t *document = NULL;
  *read = (anchor){0};
  GUARD(json_parse(text, &document, NULL, error));
  ss_status status = document != NULL && read_fields(document, read)
                         ? check_store(with, document, error)
                         : error_set(error, SS_INVALID_OPTIONS,
                                     "anchor: expected the line of an anchor, got something else");
  json_decref(document);
  GUARD(status);
  return check_mac(with, read, error);
}
