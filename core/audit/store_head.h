/* The store's head: the heads of all chains at one moment, under one MAC. Kept outside the store,
 * it proves later that nothing it covers was cut off or rewritten.
 *
 *     {"secretstoreHead":1,"storeId":"...","madeAt":ms,"epoch":n,
 *      "heads":[[namespace|null,sequence,"mac"],...],"mac":"..."}
 *
 * in one line, bytes as lower-case hexadecimal, the default namespace first and the others in order
 * of their bytes. The MAC is HMAC-SHA256 under the epoch's head key over the text up to, and
 * without, ,"mac": and what follows. */
#ifndef AUDIT_STORE_HEAD_H
#define AUDIT_STORE_HEAD_H

#include "audit/signer.h"
#include "base/arena.h"

/* Where one namespace's chain ended. */
typedef struct chain_head {
  text_view namespace_name; /* absent: the default one */
  int64_t sequence;
  unsigned char mac[MAC_BYTES];
} chain_head;

typedef struct store_head {
  int64_t made_at;
  int64_t epoch;
  chain_head *heads;
  size_t count;
  unsigned char mac[MAC_BYTES]; /* as it stands in the text */
} store_head;

/* Building the text: begin, a head each in order, end. */
void store_head_begin(byte_buffer *text, text_view store_id, int64_t made_at, int64_t epoch);
void store_head_add(byte_buffer *text, bool is_first, const chain_head *head);
ss_status store_head_end(signer *with, int64_t epoch, byte_buffer *text,
                         ss_error *error) MUST_CHECK;

/* What a text says; heads and names live in memory. White space around it does not matter, other
 * spellings of the same JSON are fine. SS_INVALID_ARGUMENT if it is not such a text, or of another
 * store. */
ss_status store_head_parse(text_view text, text_view store_id, arena *memory, store_head *parsed,
                           ss_error *error) MUST_CHECK;

/* Whether its MAC is right. */
ss_status store_head_is_authentic(signer *with, const store_head *head, bool *authentic,
                                  ss_error *error) MUST_CHECK;

#endif
