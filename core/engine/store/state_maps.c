/* Keeping maps, and looking into them. */
#include "engine/store/state_maps.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"

void state_maps_init(state_maps *self) {
  *self = (state_maps){0};
  (void)pthread_mutex_init(&self->lock, NULL);
}

void state_map_clear(state_map *self) {
  memory_free(self->entries);
  *self = (state_map){0};
}

void state_maps_forget(state_maps *self) {
  (void)pthread_mutex_lock(&self->lock);
  for (size_t i = 0; i < STATE_MAPS; i++) state_map_clear(&self->maps[i]);
  (void)pthread_mutex_unlock(&self->lock);
}

void state_maps_clear(state_maps *self) {
  state_maps_forget(self);
  (void)pthread_mutex_destroy(&self->lock);
}

/* ---- Building -------------------------------------------------------------------------------- */

static ss_status grow(state_map *self, ss_error *error) {
  const size_t capacity = self->capacity == 0 ? 64 : 2 * self->capacity;
  state_entry *entries = memory_new_unfilled(capacity * sizeof *entries);
  if (entries == NULL) return error_out_of_memory(error);
  if (self->count > 0) memcpy(entries, self->entries, self->count * sizeof *entries);
  memory_free(self->entries);
  self->entries = entries;
  self->capacity = capacity;
  return SS_OK;
}

ss_status state_map_add(state_map *self, int64_t secret_id,
                        const unsigned char digest[STORAGE_MAC_BYTES], ss_error *error) {
  if (self->count == self->capacity) GUARD(grow(self, error));
  state_entry *added = &self->entries[self->count++];
  added->secret_id = secret_id;
  memcpy(added->digest, digest, sizeof added->digest);
  return SS_OK;
}

static int compare_entries(const void *a, const void *b) {
  const int64_t x = ((const state_entry *)a)->secret_id;
  const int64_t y = ((const state_entry *)b)->secret_id;
  return (x > y) - (x < y);
}

void state_map_finish(state_map *self) {
  if (self->count > 1) qsort(self->entries, self->count, sizeof *self->entries, compare_entries);
}

bool state_map_holds(const state_map *self, int64_t secret_id,
                     const unsigned char digest[STORAGE_MAC_BYTES]) {
  const state_entry wanted = {.secret_id = secret_id};
  if (self->count == 0) return false;
  const state_entry *found =
      bsearch(&wanted, self->entries, self->count, sizeof *self->entries, compare_entries);
  return found != NULL && memcmp(found->digest, digest, sizeof found->digest) == 0;
}

/* ---- Keeping --------------------------------------------------------------------------------- */

/* That of the namespace, a free one, or the least recently used. The lock is held. */
static state_map *place_for(state_maps *self, int64_t namespace_id) {
  state_map *chosen = &self->maps[0];
  for (size_t i = 0; i < STATE_MAPS; i++) {
    state_map *map = &self->maps[i];
    if (map->sequence > 0 && map->namespace_id == namespace_id) return map;
    if (map->used_at < chosen->used_at) chosen = map;
  }
  return chosen;
}

void state_maps_keep(state_maps *self, state_map *built) {
  state_map_finish(built);
  (void)pthread_mutex_lock(&self->lock);
  state_map *place = place_for(self, built->namespace_id);
  state_map_clear(place);
  *place = *built;
  place->used_at = ++self->uses;
  (void)pthread_mutex_unlock(&self->lock);
  *built = (state_map){0};
}

bool state_maps_find(state_maps *self, int64_t namespace_id, int64_t least_sequence,
                     int64_t newest_sequence, int64_t secret_id,
                     const unsigned char digest[STORAGE_MAC_BYTES], bool *held) {
  bool found = false;
  (void)pthread_mutex_lock(&self->lock);
  for (size_t i = 0; i < STATE_MAPS && !found; i++) {
    state_map *map = &self->maps[i];
    found = map->sequence > 0 && map->namespace_id == namespace_id &&
            map->sequence >= least_sequence && map->sequence <= newest_sequence;
    if (!found) continue;
    map->used_at = ++self->uses;
    *held = state_map_holds(map, secret_id, digest);
  }
  (void)pthread_mutex_unlock(&self->lock);
  return found;
}
