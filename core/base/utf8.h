/* UTF-8, as RFC 3629 has it. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdint.h>

#include "base/view.h"

typedef struct code_point {
  uint32_t value;
  size_t length; /* in bytes; 0: not well-formed */
} code_point;

/* The one that bytes begin with, of which there is at least one. */
code_point utf8_decode(const unsigned char *bytes, size_t available);

/* Where the first byte sequence that is not well-formed begins, or text.length. */
size_t utf8_valid_length(text_view text);

/* Puts '?' for every byte that no well-formed sequence has, as where a message was cut. */
void utf8_repair(char *text);

#endif
