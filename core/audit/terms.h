/* Terms and sums: what a set of rows, or of namespaces, comes to (docs/formats.md).
 *
 * Each member has a term, a number of 2048 bits that is drawn by a key from what the member says;
 * the set's sum is that of its terms, modulo 2^2048. A member comes and goes by one addition, in any
 * order. Wide enough that whoever knows every term finds no two sets of one sum: AdHash (Bellare,
 * Micciancio: A New Paradigm for Collision-Free Hashing, 1997) against the generalised birthday
 * (Wagner, 2002). */
#ifndef AUDIT_TERMS_H
#define AUDIT_TERMS_H

#include "base/buffer.h"
#include "crypto/key_stream.h"
#include "crypto/mac.h"

enum { TERM_BYTES = 256 };

/* A number of 256 bytes, the lowest first. */
typedef struct term {
  unsigned char bytes[TERM_BYTES];
} term;

void term_add(unsigned char sum[TERM_BYTES], const term *added);
void term_subtract(unsigned char sum[TERM_BYTES], const term *taken);

/* Makes terms under a store's state key: one thread at a time. */
typedef struct term_maker {
  mac_context mac;
  key_stream stream;
} term_maker;

ss_status term_maker_init(term_maker *self, const crypto_suite *suite,
                          const unsigned char state_key[MAC_KEY_BYTES], ss_error *error) MUST_CHECK;
void term_maker_clear(term_maker *self);
static inline bool term_maker_is_ready(const term_maker *self) { return self->mac.mac != NULL; }

/* The term of whatever a canonical text says. */
ss_status term_make(term_maker *self, byte_view canonical, term *made, ss_error *error) MUST_CHECK;

#endif
