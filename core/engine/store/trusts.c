/* Holding and exchanging trusts. */
#include "engine/store/trusts.h"

void trusts_init(trusts *self) {
  *self = (trusts){0};
  (void)pthread_mutex_init(&self->lock, NULL);
}

void trusts_clear(trusts *self) {
  trust_release(self->current);
  shared_keyring_release(self->ring);
  self->current = NULL;
  self->ring = NULL;
  (void)pthread_mutex_destroy(&self->lock);
}

trust *trusts_take(trusts *self) {
  (void)pthread_mutex_lock(&self->lock);
  trust *taken = self->current == NULL ? NULL : trust_retain(self->current);
  (void)pthread_mutex_unlock(&self->lock);
  return taken;
}

shared_keyring *trusts_take_ring(trusts *self) {
  (void)pthread_mutex_lock(&self->lock);
  shared_keyring *taken = shared_keyring_retain(self->ring);
  (void)pthread_mutex_unlock(&self->lock);
  return taken;
}

static bool is_wanted(const trusts *self, const trust *next) {
  if (next->ring != self->ring) return false;
  return self->current == NULL || self->current->ring != next->ring ||
         next->root.sequence > self->current->root.sequence;
}

void trusts_offer(trusts *self, trust *next) {
  trust *previous = NULL;
  (void)pthread_mutex_lock(&self->lock);
  if (is_wanted(self, next)) {
    previous = self->current;
    self->current = trust_retain(next);
  }
  (void)pthread_mutex_unlock(&self->lock);
  trust_release(previous);
}

void trusts_exchange(trusts *self, shared_keyring *ring, trust *next) {
  (void)pthread_mutex_lock(&self->lock);
  trust *previous = self->current;
  shared_keyring *previous_ring = self->ring;
  self->current = next == NULL ? NULL : trust_retain(next);
  self->ring = shared_keyring_retain(ring);
  (void)pthread_mutex_unlock(&self->lock);
  trust_release(previous);
  shared_keyring_release(previous_ring);
}
