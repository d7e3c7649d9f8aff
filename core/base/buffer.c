/* The growing byte buffer. */
#include "base/buffer.h"

#include <string.h>

#include "base/memory.h"
#include "base/status.h"

enum { FIRST_CAPACITY = 256, INTEGER_DIGITS_MAX = 20 };

void buffer_clear(byte_buffer *buffer) {
  memory_wipe_and_free(buffer->data, buffer->capacity);
  *buffer = (byte_buffer){0};
}

void buffer_reset(byte_buffer *buffer) {
  buffer->length = 0;
  buffer->failed = false;
}

ss_status buffer_status(const byte_buffer *buffer, ss_error *error) {
  return buffer->failed ? error_out_of_memory(error) : SS_OK;
}

/* Not realloc: it may move the bytes and leave the old ones unwiped. */
static bool buffer_grow(byte_buffer *buffer, size_t needed) {
  size_t capacity = buffer->capacity == 0 ? FIRST_CAPACITY : buffer->capacity;
  while (capacity < needed) {
    if (capacity > SIZE_MAX / 2) return false;
    capacity *= 2;
  }
  unsigned char *grown = memory_new_unfilled(capacity);
  if (grown == NULL) return false;
  if (buffer->data != NULL) memcpy(grown, buffer->data, buffer->length);
  memory_wipe_and_free(buffer->data, buffer->capacity);
  buffer->data = grown;
  buffer->capacity = capacity;
  return true;
}

unsigned char *buffer_extend(byte_buffer *buffer, size_t length) {
  if (buffer->failed) return NULL;
  const bool fits = length <= buffer->capacity - buffer->length && buffer->data != NULL;
  if (!fits &&
      (length > SIZE_MAX - buffer->length || !buffer_grow(buffer, buffer->length + length))) {
    buffer->failed = true;
    return NULL;
  }
  unsigned char *room = buffer->data + buffer->length;
  buffer->length += length;
  return room;
}

void buffer_append(byte_buffer *buffer, const void *data, size_t length) {
  unsigned char *room = buffer_extend(buffer, length);
  if (room != NULL && length > 0) memcpy(room, data, length);
}

void buffer_append_text(byte_buffer *buffer, const char *text) {
  buffer_append(buffer, text, strlen(text));
}

void buffer_append_integer(byte_buffer *buffer, int64_t number) {
  char digits[INTEGER_DIGITS_MAX];
  size_t start = sizeof digits;
  uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
  do {
    digits[--start] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (number < 0) digits[--start] = '-';
  buffer_append(buffer, digits + start, sizeof digits - start);
}

void buffer_append_hex(byte_buffer *buffer, const unsigned char *data, size_t length) {
  static const char digits[] = "0123456789abcdef";
  unsigned char *room = buffer_extend(buffer, 2 * length);
  if (room == NULL) return;
  for (size_t i = 0; i < length; i++) {
    room[2 * i] = (unsigned char)digits[data[i] >> 4];
    room[2 * i + 1] = (unsigned char)digits[data[i] & 0x0f];
  }
}
