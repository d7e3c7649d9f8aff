/* Hexadecimal text to bytes. */
#include "crypto/hex.h"

#include <string.h>

#include "support/support.h"

enum { SLOTS = 8, SLOT_BYTES = 256 };

static unsigned char digit_value(char digit) {
  static const char digits[] = "0123456789abcdef";
  const char *found = strchr(digits, digit);
  assert_true(digit != '\0' && found != NULL);
  return (unsigned char)(found - digits);
}

byte_view hex(const char *text) {
  static unsigned char slots[SLOTS][SLOT_BYTES];
  static size_t next = 0;
  unsigned char *bytes = slots[next++ % SLOTS];
  const size_t length = strlen(text) / 2;
  assert_true(strlen(text) % 2 == 0 && length <= SLOT_BYTES);
  for (size_t i = 0; i < length; i++) {
    bytes[i] = (unsigned char)(digit_value(text[2 * i]) << 4 | digit_value(text[2 * i + 1]));
  }
  return (byte_view){bytes, length};
}

void expect_hex(const unsigned char *bytes, size_t length, const char *expected, const char *file,
                int line) {
  const byte_view view = hex(expected);
  _assert_int_equal(length, view.length, file, line);
  _assert_memory_equal(bytes, view.data, length, file, line);
}
