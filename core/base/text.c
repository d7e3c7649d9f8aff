/* UTF-8 and the rules for names. */
#include "base/text.h"

#include <stdint.h>

#include "base/status.h"
#include "secretstore/secretstore.h"

typedef struct code_point {
  uint32_t value;
  size_t length; /* 0: not well-formed */
} code_point;

/* RFC 3629, section 4: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
static code_point decode_code_point(const unsigned char *bytes, size_t available) {
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

static bool is_control(uint32_t c) { return c < 0x20 || (c >= 0x7f && c <= 0x9f); }

/* Unicode's White_Space property, less the control characters among it, plus U+FEFF, which shows
 * as nothing either. */
static bool is_white_space(uint32_t c) {
  return c == 0x20 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
         c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000 || c == 0xfeff;
}

size_t text_valid_utf8_length(text_view text) {
  const unsigned char *bytes = (const unsigned char *)text.data;
  size_t position = 0;
  while (position < text.length) {
    const code_point c = decode_code_point(bytes + position, text.length - position);
    if (c.length == 0) break;
    position += c.length;
  }
  return position;
}

bool ss_is_utf8(const void *bytes, size_t length) {
  return text_valid_utf8_length((text_view){bytes, length}) == length;
}

void text_repair_utf8(char *text) {
  text_view rest = text_view_of(text);
  for (;;) {
    const size_t valid = text_valid_utf8_length(rest);
    if (valid == rest.length) return;
    text += valid;
    *text++ = '?';
    rest = (text_view){text, rest.length - valid - 1};
  }
}

/* The common case: a name of printable ASCII letters and signs needs one pass and no decoding. */
static bool is_plain_ascii_name(text_view text) {
  bool visible = false;
  for (size_t i = 0; i < text.length; i++) {
    const unsigned char c = (unsigned char)text.data[i];
    if (c < 0x20 || c > 0x7e) return false;
    visible |= c != ' ';
  }
  return visible;
}

ss_status text_check_name(const char *what, text_view text, ss_error *error) {
  if (text.data == NULL) {
    return error_set(error, SS_INVALID_ARGUMENT, "%s: expected text, got none", what);
  }
  if (text.length == 0 || text.length > SS_MAX_NAME_BYTES) {
    return error_set(error, SS_INVALID_ARGUMENT, "%s: expected 1 to %d bytes of UTF-8, got %zu",
                     what, SS_MAX_NAME_BYTES, text.length);
  }
  if (is_plain_ascii_name(text)) return SS_OK;

  const unsigned char *bytes = (const unsigned char *)text.data;
  bool visible = false;
  for (size_t position = 0; position < text.length;) {
    const code_point c = decode_code_point(bytes + position, text.length - position);
    if (c.length == 0) {
      return error_set(error, SS_INVALID_ARGUMENT,
                       "%s: expected valid UTF-8, got a malformed sequence at byte %zu", what,
                       position);
    }
    if (is_control(c.value)) {
      return error_set(error, SS_INVALID_ARGUMENT,
                       "%s: expected no control characters, got U+%04X at byte %zu", what,
                       (unsigned int)c.value, position);
    }
    visible |= !is_white_space(c.value);
    position += c.length;
  }
  if (!visible) {
    return error_set(error, SS_INVALID_ARGUMENT,
                     "%s: expected more than white space, got only white space", what);
  }
  return SS_OK;
}
