/* The rules for names (design, section 3): valid UTF-8, bounded length, no control characters,
 * not only white space. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/guard.h"
#include "base/view.h"

/* Where the first byte sequence that is not well-formed UTF-8 (RFC 3629) begins, or text.length. */
size_t text_valid_utf8_length(text_view text);

/* Puts '?' for every byte that no well-formed sequence has, as where a message was cut. */
void text_repair_utf8(char *text);

/* Whether text may be a name, a namespace or an actor. what names the argument in the message,
 * as in "name". NULL data is refused like the empty text. */
ss_status text_check_name(const char *what, text_view text, ss_error *error) MUST_CHECK;

#endif
