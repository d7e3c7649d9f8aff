/* Base64, strict about alphabet, length and padding. Not OpenSSL's EVP_DecodeBlock, which skips
 * white space and takes padding anywhere. */
#include "base/base64.h"

#include <stdint.h>

enum { INVALID_DIGIT = 64 };

static const char *alphabet_digits(base64_alphabet alphabet) {
  return alphabet == BASE64_STANDARD
             ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
             : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
}

void base64_encode(base64_alphabet alphabet, const unsigned char *data, size_t length,
                   byte_buffer *output) {
  const char *digits = alphabet_digits(alphabet);
  for (size_t i = 0; i < length; i += 3) {
    const size_t group = length - i < 3 ? length - i : 3;
    uint32_t bits = (uint32_t)data[i] << 16;
    if (group > 1) bits |= (uint32_t)data[i + 1] << 8;
    if (group > 2) bits |= data[i + 2];
    char text[4] = {digits[bits >> 18], digits[(bits >> 12) & 63], digits[(bits >> 6) & 63],
                    digits[bits & 63]};
    size_t text_length = group + 1;
    while (alphabet == BASE64_STANDARD && text_length < 4) text[text_length++] = '=';
    buffer_append(output, text, text_length);
  }
}

/* Keys pass through here, so no look-up table: which digit it is must not show in the cache. */
static uint32_t digit_value(base64_alphabet alphabet, char digit) {
  const unsigned char c = (unsigned char)digit;
  const char *digits = alphabet_digits(alphabet);
  uint32_t value = INVALID_DIGIT;
  for (uint32_t i = 0; i < 64; i++) {
    const uint32_t difference = (uint32_t)(c ^ (unsigned char)digits[i]);
    const uint32_t match = (difference - 1) >> 31; /* 1 if equal */
    value = (value & (match - 1)) | (i & (0 - match));
  }
  return value;
}

static size_t padding_length(text_view text) {
  size_t padding = 0;
  while (padding < 2 && padding < text.length && text.data[text.length - 1 - padding] == '=')
    padding++;
  return padding;
}

bool base64_decode(base64_alphabet alphabet, text_view text, byte_buffer *output) {
  size_t digits = text.length;
  if (alphabet == BASE64_STANDARD) {
    if (text.length % 4 != 0) return false;
    digits -= padding_length(text);
  }
  if (digits % 4 == 1) return false;

  uint32_t bits = 0;
  unsigned int bit_count = 0;
  for (size_t i = 0; i < digits; i++) {
    const uint32_t value = digit_value(alphabet, text.data[i]);
    if (value == INVALID_DIGIT) return false;
    bits = (bits << 6) | value;
    bit_count += 6;
    if (bit_count < 8) continue;
    bit_count -= 8;
    const unsigned char byte = (unsigned char)(bits >> bit_count);
    buffer_append(output, &byte, 1);
  }
  const uint32_t spare_bits = bits & ((1u << bit_count) - 1);
  if (alphabet == BASE64_URL && spare_bits != 0) return false;
  return !output->failed;
}
