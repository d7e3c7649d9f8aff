/* The rules for names, with a short way for plain ones. */
#include "base/text.h"

#include <stdint.h>

#include "base/status.h"
#include "base/utf8.h"
#include "secretstore/secretstore.h"

static bool is_control(uint32_t c) { return c < 0x20 || (c >= 0x7f && c <= 0x9f); }

/* Unicode's White_Space property, less the control characters among it, plus U+FEFF, which shows
 * as nothing either. */
static bool is_white_space(uint32_t c) {
  return c == 0x20 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
         c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000 || c == 0xfeff;
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
    const code_point c = utf8_decode(bytes + position, text.length - position);
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
