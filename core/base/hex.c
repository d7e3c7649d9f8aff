/* Reading and writing hexadecimal text. */
#include "base/hex.h"

static int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_decode(text_view text, unsigned char *bytes, size_t length) {
  if (text.data == NULL || text.length != 2 * length) return false;
  for (size_t i = 0; i < length; i++) {
    const int high = digit_value(text.data[2 * i]);
    const int low = digit_value(text.data[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i] = (unsigned char)(high << 4 | low);
  }
  return true;
}

void hex_encode(const unsigned char *bytes, size_t length, char *text) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < length; i++) {
    text[2 * i] = digits[bytes[i] >> 4];
    text[2 * i + 1] = digits[bytes[i] & 15];
  }
  text[2 * length] = '\0';
}
