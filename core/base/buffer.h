/* A growing byte buffer for text that is built piece by piece: AADs, canonical events, pages.
 *
 * Appending never returns a status: a failed allocation marks the buffer, later appends do
 * nothing, and buffer_status reports it once, at the end. Growth and clear wipe what they leave
 * behind, so a buffer may hold anything. buffer_reset keeps the memory for the next use. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdint.h>

#include "base/guard.h"
#include "base/view.h"

typedef struct byte_buffer {
  unsigned char *data;
  size_t length;
  size_t capacity;
  bool failed;
} byte_buffer;

void buffer_clear(byte_buffer *buffer);
void buffer_reset(byte_buffer *buffer);
ss_status buffer_status(const byte_buffer *buffer, ss_error *error) MUST_CHECK;

/* Room for that many more bytes at the end, which count as appended; NULL when out of memory. */
unsigned char *buffer_extend(byte_buffer *buffer, size_t length);
void buffer_append(byte_buffer *buffer, const void *data, size_t length);
void buffer_append_text(byte_buffer *buffer, const char *text);
void buffer_append_integer(byte_buffer *buffer, int64_t number);
/* Two lower-case hexadecimal digits a byte. */
void buffer_append_hex(byte_buffer *buffer, const unsigned char *data, size_t length);

static inline byte_view buffer_view(const byte_buffer *buffer) {
  const byte_view view = {buffer->data, buffer->length};
  return view;
}

#endif
