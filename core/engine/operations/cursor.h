/* Cursors: where a page of a listing ended, as opaque text.
 *
 * A cursor is base64url of the position followed by 16 bytes of SHA-256 over the query (which
 * listing, of which store, under which filters, in which order) and the position. So a cursor of
 * another query and a damaged one are both recognised. It is no secret and no permission: whoever
 * forges one only chooses where to start. The page size is not part of the query. */
#ifndef ENGINE_OPERATIONS_CURSOR_H
#define ENGINE_OPERATIONS_CURSOR_H

#include "base/arena.h"
#include "base/buffer.h"
#include "crypto/suite.h"

typedef struct cursor_position {
  int64_t first;
  int64_t second;
  text_view name; /* of at most SS_MAX_NAME_BYTES; absent is kept apart from empty */
} cursor_position;

/* query is any text that tells the query from all others. The cursor lives in memory. */
ss_status cursor_encode(const crypto_suite *suite, byte_view query, const cursor_position *position,
                        arena *memory, const char **cursor, ss_error *error) MUST_CHECK;

/* position->name is a view into decoded, which the caller clears. SS_INVALID_ARGUMENT. */
ss_status cursor_decode(const crypto_suite *suite, byte_view query, const char *cursor,
                        cursor_position *position, byte_buffer *decoded,
                        ss_error *error) MUST_CHECK;

#endif
