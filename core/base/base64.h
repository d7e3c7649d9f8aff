/* Base64 (RFC 4648): the standard alphabet with padding for keys, and the URL alphabet without
 * padding for cursors and for the rows of the Convex component. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/view.h"

typedef enum base64_alphabet { BASE64_STANDARD, BASE64_URL } base64_alphabet;

/* Appends the text form: padded for BASE64_STANDARD, unpadded for BASE64_URL. */
void base64_encode(base64_alphabet alphabet, const unsigned char *data, size_t length,
                   byte_buffer *output);

/* Appends the bytes. False if the text is not base64 of that alphabet (padding is required in the
 * one and refused in the other) or memory ran out (output->failed tells which). The bits of the
 * last digit that no byte takes must be zero for BASE64_URL, so that any changed digit shows; for
 * BASE64_STANDARD they may be anything, since keys typed by hand are in use. */
bool base64_decode(base64_alphabet alphabet, text_view text, byte_buffer *output);

#endif
