/* Anchors (docs/formats.md): where the store log stood at one moment, in one line under a MAC of the
 * seal key, to be kept where whoever writes to the store cannot write. */
#ifndef AUDIT_ANCHOR_H
#define AUDIT_ANCHOR_H

#include "audit/signer.h"

typedef struct anchor {
  int64_t log_sequence;
  unsigned char log_mac[MAC_BYTES];
  int64_t seal_counter;
  int64_t epoch;
  int64_t made_at;
  unsigned char mac[MAC_BYTES]; /* as it stands in the text */
} anchor;

/* Appends the line, without a newline. */
ss_status anchor_write(signer *with, const anchor *written, byte_buffer *text,
                       ss_error *error) MUST_CHECK;

/* SS_INVALID_ARGUMENT if a text is no anchor; SS_INTEGRITY_VIOLATION if it is another store's, or its
 * MAC is wrong. White space does not matter. */
ss_status anchor_read(signer *with, text_view text, anchor *read, ss_error *error) MUST_CHECK;

#endif
