/* What MACs and digests cover: the canonical texts of docs/formats.md. Each appends to output.
 *
 * JSON arrays whose first item names what they are about, so that no two kinds read alike. Bytes
 * stand as lower-case hexadecimal; metadata and detail as their own JSON text, which is why they
 * come last. */
#ifndef AUDIT_CANONICAL_H
#define AUDIT_CANONICAL_H

#include "base/buffer.h"
#include "storage/storage.h"

/* Whether a sequence is the one after another; both may be any numbers. */
static inline bool sequence_follows(int64_t sequence, int64_t last) {
  return last < INT64_MAX && sequence == last + 1;
}

/* ["row2", ...]: what a row's digest is of. */
void canonical_row(byte_buffer *output, text_view namespace_name, const secret_record *row);

/* ["event2", ...] and ["storeevent1", ...] */
void canonical_event(byte_buffer *output, text_view store_id, text_view namespace_name,
                     const event_record *event);
void canonical_store_event(byte_buffer *output, text_view store_id,
                           const store_event_record *event);

/* ["head2", ...] and ["seal1", ...]; sum_digest is the SHA-256 of the record's sum. */
void canonical_head(byte_buffer *output, text_view store_id, text_view namespace_name,
                    const namespace_record *record,
                    const unsigned char sum_digest[STORAGE_MAC_BYTES]);
void canonical_seal(byte_buffer *output, text_view store_id, const seal_record *seal,
                    const unsigned char sum_digest[STORAGE_MAC_BYTES]);

/* ["term1", ...] and ["sealed1", ...]: what terms are made of. */
void canonical_row_term(byte_buffer *output, row_table table, int64_t replaced_at,
                        int64_t removed_at, const unsigned char digest[STORAGE_MAC_BYTES]);
void canonical_sealed_term(byte_buffer *output, text_view namespace_name, int64_t sequence,
                           const unsigned char mac[STORAGE_MAC_BYTES]);

#endif
