/* JSON strings and base64, written into memory that is wiped. jansson is
 * not used here, since it frees its buffers as they are. */
#include "terminal/encoding.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "terminal/failure.h"

/* The length of the UTF-8 sequence at bytes (RFC 3629), or 0. */
static size_t sequence_length(const unsigned char *bytes, size_t available) {
  static const struct {
    unsigned char mask, lead;
    uint32_t smallest;
  } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
  for (size_t length = 1; length <= 4; length++) {
    if ((bytes[0] & forms[length - 1].mask) != forms[length - 1].lead) continue;
    if (length > available) return 0;
    uint32_t value = bytes[0] & (unsigned char)~forms[length - 1].mask;
    for (size_t i = 1; i < length; i++) {
      if ((bytes[i] & 0xc0) != 0x80) return 0;
      value = (value << 6) | (bytes[i] & 0x3fu);
    }
    const bool surrogate = value >= 0xd800 && value <= 0xdfff;
    return value < forms[length - 1].smallest || value > 0x10ffff || surrogate ? 0 : length;
  }
  return 0;
}

bool is_utf8(const unsigned char *value, size_t length) {
  for (size_t position = 0; position < length;) {
    const size_t step = sequence_length(value + position, length - position);
    if (step == 0) return false;
    position += step;
  }
  return true;
}

int append_json_string(secret_bytes *output, const unsigned char *value, size_t length) {
  int code = secret_bytes_append(output, "\"", 1);
  for (size_t i = 0; i < length && code == EXIT_OK; i++) {
    char escape[8];
    const unsigned char c = value[i];
    if (c < 0x20) {
      const int written = snprintf(escape, sizeof escape, "\\u%04x", c);
      code = secret_bytes_append(output, escape, (size_t)written);
    } else {
      if (c == '"' || c == '\\') code = secret_bytes_append(output, "\\", 1);
      if (code == EXIT_OK) code = secret_bytes_append(output, &value[i], 1);
    }
    ss_wipe(escape, sizeof escape);
  }
  return code == EXIT_OK ? secret_bytes_append(output, "\"", 1) : code;
}

/* RFC 4648, section 4. */
static int append_base64(secret_bytes *output, const unsigned char *value, size_t length) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  int code = secret_bytes_append(output, "\"valueBase64\":\"", 15);
  for (size_t i = 0; i < length && code == EXIT_OK; i += 3) {
    const size_t group = length - i < 3 ? length - i : 3;
    uint32_t bits = (uint32_t)value[i] << 16;
    if (group > 1) bits |= (uint32_t)value[i + 1] << 8;
    if (group > 2) bits |= value[i + 2];
    char text[4] = {digits[bits >> 18], digits[(bits >> 12) & 63], digits[(bits >> 6) & 63],
                    digits[bits & 63]};
    for (size_t unused = group + 1; unused < sizeof text; unused++) text[unused] = '=';
    code = secret_bytes_append(output, text, sizeof text);
  }
  return code == EXIT_OK ? secret_bytes_append(output, "\"", 1) : code;
}

int append_value_field(secret_bytes *output, const unsigned char *value, size_t length) {
  if (!is_utf8(value, length)) return append_base64(output, value, length);
  const int code = secret_bytes_append(output, "\"value\":", 8);
  return code == EXIT_OK ? append_json_string(output, value, length) : code;
}
