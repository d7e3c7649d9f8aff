/* The pool of scratch: as many as calls ever ran at once, kept until the store closes. */
#include "base/memory.h"
#include "base/status.h"
#include "engine/store/store.h"

/* A buffer that one large value made grow is not kept. */
enum { BUFFER_KEPT_BYTES = 131072 };

static void scratch_free(scratch *freed) {
  if (freed == NULL) return;
  envelope_free(freed->envelope);
  signer_clear(&freed->signer);
  trust_release(freed->trust);
  buffer_clear(&freed->current);
  buffer_clear(&freed->metadata);
  buffer_clear(&freed->detail);
  buffer_clear(&freed->sealed);
  memory_free(freed);
}

void scratch_bind_next(scratch *self, trust *bound) {
  trust *previous = self->trust;
  signer_bind(&self->signer, bound);
  self->trust = trust_retain(bound);
  trust_release(previous);
}

ss_status scratch_bind(scratch *self, const crypto_suite *suite, trust *bound, ss_error *error) {
  if (self->trust == bound) return SS_OK;
  if (self->trust == NULL || self->trust->ring != bound->ring) {
    envelope *sealer = NULL;
    GUARD(envelope_new(suite, &bound->ring->keys, &sealer, error));
    envelope_free(self->envelope);
    self->envelope = sealer;
  }
  scratch_bind_next(self, bound);
  return SS_OK;
}

/* With what the store believes now; a store that is being opened believes nothing yet. */
static ss_status bind_to_current(ss_store *store, scratch *self, ss_error *error) {
  trust *current = trusts_take(&store->trusts);
  if (current == NULL) return SS_OK;
  const ss_status status = scratch_bind(self, &store->suite, current, error);
  trust_release(current);
  return status;
}

static ss_status scratch_new(ss_store *store, scratch **created, ss_error *error) {
  *created = memory_new(sizeof **created);
  if (*created == NULL) return error_out_of_memory(error);
  signer_init(&(*created)->signer, &store->suite);
  return SS_OK;
}

ss_status scratch_take(ss_store *store, scratch **taken, ss_error *error) {
  (void)pthread_mutex_lock(&store->scratch_lock);
  scratch *with = store->idle_scratch;
  if (with != NULL) store->idle_scratch = with->next_idle;
  (void)pthread_mutex_unlock(&store->scratch_lock);
  *taken = NULL;
  if (with == NULL) GUARD(scratch_new(store, &with, error));
  const ss_status status = bind_to_current(store, with, error);
  if (status != SS_OK) {
    scratch_free(with);
    return status;
  }
  *taken = with;
  return SS_OK;
}

void scratch_reset(scratch *self) {
  buffer_reset(&self->metadata);
  buffer_reset(&self->detail);
  buffer_reset(&self->sealed);
}

/* Keys that were dropped meanwhile go with it. */
static bool is_outdated(ss_store *store, const scratch *self) {
  shared_keyring *ring = trusts_take_ring(&store->trusts);
  const bool outdated = self->trust != NULL && self->trust->ring != ring;
  shared_keyring_release(ring);
  return outdated;
}

void scratch_return(ss_store *store, scratch *returned) {
  if (is_outdated(store, returned)) {
    scratch_free(returned);
    return;
  }
  scratch_reset(returned);
  if (returned->sealed.capacity > BUFFER_KEPT_BYTES) buffer_clear(&returned->sealed);
  (void)pthread_mutex_lock(&store->scratch_lock);
  returned->next_idle = store->idle_scratch;
  store->idle_scratch = returned;
  (void)pthread_mutex_unlock(&store->scratch_lock);
}

void scratch_free_all(ss_store *store) {
  (void)pthread_mutex_lock(&store->scratch_lock);
  scratch *idle = store->idle_scratch;
  store->idle_scratch = NULL;
  (void)pthread_mutex_unlock(&store->scratch_lock);
  while (idle != NULL) {
    scratch *freed = idle;
    idle = freed->next_idle;
    scratch_free(freed);
  }
}
