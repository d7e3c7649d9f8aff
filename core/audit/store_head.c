/* Writing and reading the store's head. */
#include "audit/store_head.h"

#include "base/hex.h"
#include "base/json.h"
#include "base/status.h"

/* ---- Writing ------------------------------------------------------------------------------- */

void store_head_begin(byte_buffer *text, text_view store_id, int64_t made_at, int64_t epoch) {
  buffer_append_text(text, "{\"secretstoreHead\":1,\"storeId\":");
  json_append_string(text, store_id);
  buffer_append_text(text, ",\"madeAt\":");
  buffer_append_integer(text, made_at);
  buffer_append_text(text, ",\"epoch\":");
  buffer_append_integer(text, epoch);
  buffer_append_text(text, ",\"heads\":[");
}

void store_head_add(byte_buffer *text, bool is_first, const chain_head *head) {
  buffer_append_text(text, is_first ? "[" : ",[");
  json_append_string(text, head->namespace_name);
  buffer_append_text(text, ",");
  buffer_append_integer(text, head->sequence);
  buffer_append_text(text, ",\"");
  buffer_append_hex(text, head->mac, sizeof head->mac);
  buffer_append_text(text, "\"]");
}

static ss_status authenticated_part_mac(signer *with, int64_t epoch, byte_buffer *text,
                                        unsigned char mac[MAC_BYTES], ss_error *error) {
  buffer_append_text(text, "]");
  GUARD(buffer_status(text, error));
  return signer_head_text_mac(with, epoch, buffer_view(text), mac, error);
}

ss_status store_head_end(signer *with, int64_t epoch, byte_buffer *text, ss_error *error) {
  unsigned char mac[MAC_BYTES];
  GUARD(authenticated_part_mac(with, epoch, text, mac, error));
  buffer_append_text(text, ",\"mac\":\"");
  buffer_append_hex(text, mac, sizeof mac);
  buffer_append_text(text, "\"}");
  return buffer_status(text, error);
}

/* The text is written anew, so that white space and spelling do not matter. An epoch that there is
 * not makes it no head of this store. */
ss_status store_head_is_authentic(signer *with, const store_head *head, bool *authentic,
                                  ss_error *error) {
  byte_buffer text ON_SCOPE_EXIT(buffer_clear) = {0};
  unsigned char expected[MAC_BYTES];
  *authentic = false;
  if (trust_epoch(with->trust, head->epoch) == NULL) return SS_OK;
  store_head_begin(&text, text_view_of(with->trust->root.store_id), head->made_at, head->epoch);
  for (size_t i = 0; i < head->count; i++) store_head_add(&text, i == 0, &head->heads[i]);
  GUARD(authenticated_part_mac(with, head->epoch, &text, expected, error));
  *authentic = mac_equals(expected, head->mac, MAC_BYTES);
  return SS_OK;
}

/* ---- Reading ------------------------------------------------------------------------------- */

static ss_status malformed(const char *what, ss_error *error) {
  return error_set(error, SS_INVALID_ARGUMENT,
                   "store head: expected the line of an audit head, got %s", what);
}

static bool read_time(const json_t *object, const char *field, int64_t *number) {
  const json_t *found = json_object_get(object, field);
  *number = json_integer_value(found);
  return json_is_integer(found) && *number >= 0 && *number <= SS_MAX_INTEGER;
}

static bool read_mac(const json_t *found, unsigned char mac[MAC_BYTES]) {
  const text_view text = {json_string_value(found), json_string_length(found)};
  return json_is_string(found) && hex_decode(text, mac, MAC_BYTES);
}

static ss_status read_head(const json_t *found, arena *memory, chain_head *head, ss_error *error) {
  const json_t *name = json_array_get(found, 0);
  const json_t *sequence = json_array_get(found, 1);
  *head = (chain_head){.sequence = json_integer_value(sequence)};
  const bool named = json_is_string(name);
  if (json_array_size(found) != 3 || (!named && !json_is_null(name)) ||
      !json_is_integer(sequence) || head->sequence < 1 ||
      !read_mac(json_array_get(found, 2), head->mac)) {
    return malformed("one with a malformed entry in heads", error);
  }
  if (!named) return SS_OK;
  const text_view text = {json_string_value(name), json_string_length(name)};
  return arena_keep_text(memory, text, &head->namespace_name, error);
}

/* In order and each once, so that what compares them with a store can walk both at once. */
static ss_status read_heads(const json_t *list, arena *memory, store_head *parsed,
                            ss_error *error) {
  if (!json_is_array(list)) return malformed("one without heads", error);
  parsed->count = json_array_size(list);
  if (parsed->count == 0) return SS_OK;
  parsed->heads = arena_allocate(memory, parsed->count * sizeof *parsed->heads);
  if (parsed->heads == NULL) return error_out_of_memory(error);
  for (size_t i = 0; i < parsed->count; i++) {
    GUARD(read_head(json_array_get(list, i), memory, &parsed->heads[i], error));
    if (i > 0 && text_view_compare(parsed->heads[i - 1].namespace_name,
                                   parsed->heads[i].namespace_name) >= 0) {
      return malformed("one whose heads are out of order", error);
    }
  }
  return SS_OK;
}

static ss_status read_document(const json_t *document, text_view store_id, arena *memory,
                               store_head *parsed, ss_error *error) {
  const json_t *format = json_object_get(document, "secretstoreHead");
  const char *id = json_string_value(json_object_get(document, "storeId"));
  if (!json_is_integer(format)) return malformed("other JSON", error);
  if (json_integer_value(format) != 1) {
    return error_set(error, SS_UNSUPPORTED, "store head: expected format 1, got %lld",
                     (long long)json_integer_value(format));
  }
  if (id == NULL || !text_view_equals(text_view_of(id), store_id)) {
    return malformed("one of another store", error);
  }
  if (!read_time(document, "madeAt", &parsed->made_at) ||
      !read_time(document, "epoch", &parsed->epoch) ||
      !read_mac(json_object_get(document, "mac"), parsed->mac)) {
    return malformed("one with a malformed madeAt, epoch or mac", error);
  }
  return read_heads(json_object_get(document, "heads"), memory, parsed, error);
}

ss_status store_head_parse(text_view text, text_view store_id, arena *memory, store_head *parsed,
                           ss_error *error) {
  *parsed = (store_head){0};
  json_t *document = NULL;
  GUARD(json_parse(text, &document, NULL, error));
  if (document == NULL) return malformed("text that is not JSON", error);
  const ss_status status = read_document(document, store_id, memory, parsed, error);
  json_decref(document);
  return status;
}
