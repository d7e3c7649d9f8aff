/* Numbers in JSON text. JSON lets a text say any number; whoever reads one holds it as an integer
 * of 64 bits or as a double. What neither holds would come out of the store as another number than
 * went in, in one host or another, so it is refused.
 *
 * A double is held by every text that is its value rounded to as many digits as the text has: 0.1,
 * 0.10000000000000001, and 9223372036854776000, as JavaScript prints 2^63. JavaScript prints
 * doubles below 1e21 without an exponent: such integers beyond 64 bits are doubles. */
#ifndef BASE_JSON_NUMBER_H
#define BASE_JSON_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* Whether every number in a well-formed JSON text is held by one of the two; if not, *at is where
 * the first one begins that is not. */
bool json_numbers_are_held(text_view text, size_t *at);

/* Appends the text with ".0" behind each integer beyond 64 bits, for a parser that would refuse it.
 * The text need not be well-formed. False, with nothing appended, if there is none. */
bool json_append_widened(byte_buffer *output, text_view text);

/* Appends a finite double with as few digits as bring it back, and with a point or an exponent. */
void json_append_real(byte_buffer *output, double number);

#endif
