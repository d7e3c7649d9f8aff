/* Lower-case hexadecimal text, two digits a byte (buffer_append_hex writes it into buffers). */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stdbool.h>

#include "base/view.h"

/* False unless text is exactly that many bytes in lower-case digits. */
bool hex_decode(text_view text, unsigned char *bytes, size_t length);

/* Writes 2 * length digits and a NUL. */
void hex_encode(const unsigned char *bytes, size_t length, char *text);

#endif
