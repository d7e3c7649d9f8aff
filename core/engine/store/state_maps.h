/* What namespaces held when their state was proved: the living secrets with the digests of their
 * rows. Kept while a handle is open, as far as there is room; the least recently used goes first.
 * Its own lock guards it. */
#ifndef ENGINE_STORE_STATE_MAPS_H
#define ENGINE_STORE_STATE_MAPS_H

#include <pthread.h>

#include "base/guard.h"
#include "storage/storage.h"

enum {
  STATE_MAPS = 16,
  STATE_DIGEST_BYTES = 16, /* of a digest: enough that nobody finds another row with the same */
};

typedef struct state_entry {
  int64_t secret_id;
  unsigned char digest[STATE_DIGEST_BYTES];
} state_entry;

typedef struct state_map {
  int64_t namespace_id;
  int64_t sequence;     /* of the head under which it was proved; 0: the place is free */
  state_entry *entries; /* in order of id */
  size_t count;
  size_t capacity;
  uint64_t used_at; /* by a count of uses */
} state_map;

typedef struct state_maps {
  pthread_mutex_t lock;
  state_map maps[STATE_MAPS];
  uint64_t uses;
} state_maps;

void state_maps_init(state_maps *self);
void state_maps_clear(state_maps *self);
void state_maps_forget(state_maps *self);

/* Building one: in any order of ids, then state_map_finish or state_maps_keep, which takes it over. */
ss_status state_map_add(state_map *self, int64_t secret_id,
                        const unsigned char digest[STORAGE_MAC_BYTES], ss_error *error) MUST_CHECK;
void state_map_finish(state_map *self);
/* Whether that secret's row has that digest in a finished one. */
bool state_map_holds(const state_map *self, int64_t secret_id,
                     const unsigned char digest[STORAGE_MAC_BYTES]);
void state_map_clear(state_map *self);
void state_maps_keep(state_maps *self, state_map *built);

/* Whether there is a map of the namespace that was proved at or after least_sequence and not after
 * newest_sequence; and if so, whether that secret's row had that digest in it. */
bool state_maps_find(state_maps *self, int64_t namespace_id, int64_t least_sequence,
                     int64_t newest_sequence, int64_t secret_id,
                     const unsigned char digest[STORAGE_MAC_BYTES], bool *held);

#endif
