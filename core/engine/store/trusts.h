/* The trust that a handle has at the moment (audit/trust.h): exchanged when the root moves, or when
 * the host gives other keys. Whoever works with one holds it. */
#ifndef ENGINE_STORE_TRUSTS_H
#define ENGINE_STORE_TRUSTS_H

#include <pthread.h>

#include "audit/trust.h"

typedef struct trusts {
  pthread_mutex_t lock;
  trust *current;       /* NULL before the store's root was opened */
  shared_keyring *ring; /* what the next one is opened with */
} trusts;

void trusts_init(trusts *self);
void trusts_clear(trusts *self);

/* The current one, held for the caller; NULL: there is none yet. */
trust *trusts_take(trusts *self);
/* The keyring, held for the caller. */
shared_keyring *trusts_take_ring(trusts *self);

/* Becomes the current one, and is held for that: unless it was opened with another keyring than the
 * current one's, or is older. */
void trusts_offer(trusts *self, trust *next);

/* Other keys, with the trust that was opened with them. */
void trusts_exchange(trusts *self, shared_keyring *ring, trust *next);

#endif
