/* Making terms, and adding them up. */
#include "audit/terms.h"

#include "base/memory.h"

enum { LIMBS = TERM_BYTES / 8 };

/* ---- Arithmetic ------------------------------------------------------------------------------ */

static uint64_t load_limb(const unsigned char *bytes) {
  uint64_t limb = 0;
  for (int i = 7; i >= 0; i--) limb = limb << 8 | bytes[i];
  return limb;
}

static void store_limb(unsigned char *bytes, uint64_t limb) {
  for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)(limb >> (8 * i));
}

void term_add(unsigned char sum[TERM_BYTES], const term *added) {
  uint64_t carry = 0;
  for (size_t i = 0; i < LIMBS; i++) {
    const uint64_t one = load_limb(sum + 8 * i);
    const uint64_t other = load_limb(added->bytes + 8 * i);
    const uint64_t partial = one + other;
    const uint64_t whole = partial + carry;
    carry = (partial < one) | (whole < partial);
    store_limb(sum + 8 * i, whole);
  }
}

void term_subtract(unsigned char sum[TERM_BYTES], const term *taken) {
  uint64_t borrow = 0;
  for (size_t i = 0; i < LIMBS; i++) {
    const uint64_t one = load_limb(sum + 8 * i);
    const uint64_t other = load_limb(taken->bytes + 8 * i);
    const uint64_t partial = one - other;
    const uint64_t whole = partial - borrow;
    borrow = (one < other) | (partial < borrow);
    store_limb(sum + 8 * i, whole);
  }
}

/* ---- Making ---------------------------------------------------------------------------------- */

ss_status term_maker_init(term_maker *self, const crypto_suite *suite,
                          const unsigned char state_key[MAC_KEY_BYTES], ss_error *error) {
  *self = (term_maker){0};
  GUARD(key_stream_init(&self->stream, suite, error));
  const ss_status status = mac_init(&self->mac, suite, state_key, error);
  if (status != SS_OK) term_maker_clear(self);
  return status;
}

void term_maker_clear(term_maker *self) {
  mac_clear(&self->mac);
  key_stream_clear(&self->stream);
}

ss_status term_make(term_maker *self, byte_view canonical, term *made, ss_error *error) {
  unsigned char key[MAC_BYTES];
  GUARD(mac_compute(&self->mac, (byte_view){0}, canonical, key, error));
  const ss_status status = key_stream_make(&self->stream, key, made->bytes, TERM_BYTES, error);
  memory_wipe(key, sizeof key);
  return status;
}
