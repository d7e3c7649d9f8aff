/* Decoding, and what is made of bytes that do not decode. */
#include "base/utf8.h"

#include "secretstore/secretstore.h"

/* RFC 3629, section 4: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
code_point utf8_decode(const unsigned char *bytes, size_t available) {
  const code_point malformed = {0, 0};
  const unsigned char lead = bytes[0];
  if (lead < 0x80) return (code_point){lead, 1};

  size_t length = 0;
  uint32_t value = 0;
  uint32_t smallest = 0;
  if ((lead & 0xe0) == 0xc0) {
    length = 2, value = lead & 0x1fu, smallest = 0x80;
  } else if ((lead & 0xf0) == 0xe0) {
    length = 3, value = lead & 0x0fu, smallest = 0x800;
  } else if ((lead & 0xf8) == 0xf0) {
    length = 4, value = lead & 0x07u, smallest = 0x10000;
  }
  if (length == 0 || length > available) return malformed;
  for (size_t i = 1; i < length; i++) {
    if ((bytes[i] & 0xc0) != 0x80) return malformed;
    value = (value << 6) | (bytes[i] & 0x3fu);
  }
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < smallest || value > 0x10ffff || surrogate) return malformed;
  return (code_point){value, length};
}

size_t utf8_valid_length(text_view text) {
  const unsigned char *bytes = (const unsigned char *)text.data;
  size_t position = 0;
  while (position < text.length) {
    const code_point c = utf8_decode(bytes + position, text.length - position);
    if (c.length == 0) break;
    position += c.length;
  }
  return position;
}

bool ss_is_utf8(const void *bytes, size_t length) {
  return utf8_valid_length((text_view){bytes, length}) == length;
}

void utf8_repair(char *text) {
  text_view rest = text_view_of(text);
  for (;;) {
    const size_t valid = utf8_valid_length(rest);
    if (valid == rest.length) return;
    text += valid;
    *text++ = '?';
    rest = (text_view){text, rest.length - valid - 1};
  }
}
