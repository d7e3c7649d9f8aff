/* Status codes and the error a call reports: its code and one sentence.
 *
 * A message never holds a value, a key or a DEK. Text that came from outside goes in through
 * QUOTED, which cuts it to a bounded length. Wherever a text was cut, and whatever went in, the
 * message is well-formed UTF-8. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include "base/guard.h"

/* printf arguments for "%.*s": at most 80 bytes of a text that may be long. */
#define QUOTED_MAX 80
#define QUOTED_LENGTH(length) ((int)((length) < QUOTED_MAX ? (length) : QUOTED_MAX))

/* Fills error (which may be NULL) and returns code, so that a failure is one statement. */
ss_status error_set(ss_error *error, ss_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The failure that every allocation shares. */
ss_status error_out_of_memory(ss_error *error);

/* Back to SS_OK and an empty message. */
void error_clear(ss_error *error);

#endif
