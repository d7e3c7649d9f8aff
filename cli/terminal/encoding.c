/* JSON strings and base64, written into memory that is wiped. jansson is
 * not used here, since it frees its buffers as they are. */
#include "terminal/encoding.h"

#include <stdint.h>
#include <stdio.h>

#include "terminal/failure.h"

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
  if (!ss_is_utf8(value, length)) return append_base64(output, value, length);
  const int code = secret_bytes_append(output, "\"value\":", 8);
  return code == EXIT_OK ? append_json_string(output, value, length) : code;
}
