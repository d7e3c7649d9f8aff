/* Noting and comparing. */
#include "engine/store/memory_of_heads.h"

#include <string.h>

void memory_of_heads_init(memory_of_heads *self) {
  *self = (memory_of_heads){0};
  (void)pthread_mutex_init(&self->lock, NULL);
}

void memory_of_heads_clear(memory_of_heads *self) { (void)pthread_mutex_destroy(&self->lock); }

void memory_of_heads_forget(memory_of_heads *self) {
  (void)pthread_mutex_lock(&self->lock);
  self->root = (known_point){0};
  self->seal = (known_point){0};
  memset(self->heads, 0, sizeof self->heads);
  (void)pthread_mutex_unlock(&self->lock);
}

bool known_point_allows(const known_point *known, int64_t count,
                        const unsigned char mac[STORAGE_MAC_BYTES]) {
  if (count != known->count) return count > known->count;
  return count == 0 || memcmp(mac, known->mac, STORAGE_MAC_BYTES) == 0;
}

static void note(known_point *known, int64_t count, const unsigned char mac[STORAGE_MAC_BYTES]) {
  if (count <= known->count) return;
  known->count = count;
  memcpy(known->mac, mac, STORAGE_MAC_BYTES);
}

known_state memory_of_heads_recall(memory_of_heads *self) {
  (void)pthread_mutex_lock(&self->lock);
  const known_state known = {self->root, self->seal};
  (void)pthread_mutex_unlock(&self->lock);
  return known;
}

void memory_of_heads_note(memory_of_heads *self, const known_state *seen) {
  (void)pthread_mutex_lock(&self->lock);
  note(&self->root, seen->root.count, seen->root.mac);
  note(&self->seal, seen->seal.count, seen->seal.mac);
  (void)pthread_mutex_unlock(&self->lock);
}

static known_head *slot_of(memory_of_heads *self, int64_t namespace_id) {
  return &self->heads[(uint64_t)namespace_id % KNOWN_HEADS];
}

bool memory_of_heads_allows(memory_of_heads *self, const namespace_record *head) {
  (void)pthread_mutex_lock(&self->lock);
  const known_head *slot = slot_of(self, head->id);
  const bool allowed =
      slot->namespace_id != head->id || known_point_allows(&slot->point, head->sequence, head->mac);
  (void)pthread_mutex_unlock(&self->lock);
  return allowed;
}

known_head memory_of_heads_recall_head(memory_of_heads *self, int64_t namespace_id) {
  (void)pthread_mutex_lock(&self->lock);
  const known_head known = *slot_of(self, namespace_id);
  (void)pthread_mutex_unlock(&self->lock);
  return known;
}

void memory_of_heads_note_head(memory_of_heads *self, const namespace_record *head) {
  (void)pthread_mutex_lock(&self->lock);
  known_head *slot = slot_of(self, head->id);
  if (slot->namespace_id != head->id) *slot = (known_head){.namespace_id = head->id};
  note(&slot->point, head->sequence, head->mac);
  (void)pthread_mutex_unlock(&self->lock);
}
