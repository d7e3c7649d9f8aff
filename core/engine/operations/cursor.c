/* Encoding and checking cursors. */
#include "engine/operations/cursor.h"

#include "base/base64.h"
#include "base/status.h"

/* Layout: first (8 bytes, big-endian), second (8), whether there is a name (1), the name, check. */
enum {
  NUMBER_BYTES = 8,
  NAME_MARK_OFFSET = 2 * NUMBER_BYTES,
  HEADER_BYTES = NAME_MARK_OFFSET + 1,
  CHECK_BYTES = 16,
  TEXT_MAX = (HEADER_BYTES + SS_MAX_NAME_BYTES + CHECK_BYTES + 2) / 3 * 4,
};

static void append_number(byte_buffer *output, int64_t number) {
  const uint64_t bits = (uint64_t)number;
  for (int shift = 56; shift >= 0; shift -= 8) {
    const unsigned char byte = (unsigned char)(bits >> shift);
    buffer_append(output, &byte, 1);
  }
}

static int64_t read_number(const unsigned char *bytes) {
  uint64_t bits = 0;
  for (size_t i = 0; i < NUMBER_BYTES; i++) bits = (bits << 8) | bytes[i];
  return (int64_t)bits;
}

/* The length of the query goes first, so that none of its end can pass for a position. */
static ss_status compute_check(const crypto_suite *suite, byte_view query, byte_view position,
                               unsigned char check[SHA256_BYTES], ss_error *error) {
  byte_buffer text ON_SCOPE_EXIT(buffer_clear) = {0};
  append_number(&text, (int64_t)query.length);
  buffer_append(&text, query.data, query.length);
  buffer_append(&text, position.data, position.length);
  GUARD(buffer_status(&text, error));
  return sha256_digest(suite, buffer_view(&text), check, error);
}

ss_status cursor_encode(const crypto_suite *suite, byte_view query, const cursor_position *position,
                        arena *memory, const char **cursor, ss_error *error) {
  byte_buffer bytes ON_SCOPE_EXIT(buffer_clear) = {0};
  const unsigned char name_mark = position->name.data != NULL;
  append_number(&bytes, position->first);
  append_number(&bytes, position->second);
  buffer_append(&bytes, &name_mark, 1);
  buffer_append(&bytes, position->name.data, position->name.length);
  GUARD(buffer_status(&bytes, error));
  unsigned char check[SHA256_BYTES];
  GUARD(compute_check(suite, query, buffer_view(&bytes), check, error));
  buffer_append(&bytes, check, CHECK_BYTES);
  GUARD(buffer_status(&bytes, error));

  byte_buffer text ON_SCOPE_EXIT(buffer_clear) = {0};
  base64_encode(BASE64_URL, bytes.data, bytes.length, &text);
  GUARD(buffer_status(&text, error));
  *cursor = arena_copy_text(memory, (text_view){(const char *)text.data, text.length});
  return *cursor == NULL ? error_out_of_memory(error) : SS_OK;
}

static ss_status refuse(ss_error *error) {
  return error_set(error, SS_INVALID_ARGUMENT,
                   "cursor: expected a continue_cursor of this very query, got a damaged one or "
                   "one of another query");
}

ss_status cursor_decode(const crypto_suite *suite, byte_view query, const char *cursor,
                        cursor_position *position, byte_buffer *decoded, ss_error *error) {
  const text_view text = text_view_of(cursor);
  *position = (cursor_position){0};
  if (text.length > TEXT_MAX) return refuse(error);
  if (!base64_decode(BASE64_URL, text, decoded)) {
    GUARD(buffer_status(decoded, error));
    return refuse(error);
  }
  if (decoded->length < HEADER_BYTES + CHECK_BYTES) return refuse(error);
  const byte_view bytes = {decoded->data, decoded->length - CHECK_BYTES};
  unsigned char check[SHA256_BYTES];
  GUARD(compute_check(suite, query, bytes, check, error));
  if (memcmp(check, bytes.data + bytes.length, CHECK_BYTES) != 0) return refuse(error);

  position->first = read_number(bytes.data);
  position->second = read_number(bytes.data + NUMBER_BYTES);
  if (bytes.data[NAME_MARK_OFFSET] != 0) {
    position->name =
        (text_view){(const char *)bytes.data + HEADER_BYTES, bytes.length - HEADER_BYTES};
  }
  return SS_OK;
}
