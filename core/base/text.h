/* The rules for names (docs/limits.md): valid UTF-8, bounded length, no control characters, not
 * only white space. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/guard.h"
#include "base/view.h"

/* Whether text may be a name, a namespace or an actor. what names the argument in the message,
 * as in "name". NULL data is refused like the empty text. */
ss_status text_check_name(const char *what, text_view text, ss_error *error) MUST_CHECK;

#endif
