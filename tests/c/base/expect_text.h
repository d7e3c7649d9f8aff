/* What a buffer came to, compared with a literal. */
#ifndef TESTS_BASE_EXPECT_TEXT_H
#define TESTS_BASE_EXPECT_TEXT_H

#include "base/buffer.h"
#include "support/support.h"

/* Compares, and clears the buffer for the next case. */
#define assert_text(buffer, expected) expect_text((buffer), (expected), __FILE__, __LINE__)

static inline void expect_text(byte_buffer *buffer, const char *expected, const char *file,
                               int line) {
  buffer_append(buffer, "", 1);
  _assert_int_equal(buffer->failed, false, file, line);
  _assert_string_equal((const char *)buffer->data, expected, file, line);
  buffer_clear(buffer);
}

#endif
