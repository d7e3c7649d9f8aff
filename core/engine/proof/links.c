/* Following links. */
#include "engine/proof/links.h"

#include <string.h>

#include "base/memory.h"
#include "base/status.h"

enum { LEAST_CAPACITY = 64 };

void links_clear(links *self) {
  memory_free(self->entries);
  *self = (links){0};
}

void links_begin(links *self, bool allows_strangers) {
  if (self->entries != NULL) memset(self->entries, 0, self->capacity * sizeof *self->entries);
  self->count = 0;
  self->allows_strangers = allows_strangers;
}

/* ---- The table ------------------------------------------------------------------------------- */

/* Ids count up: spread by a multiplication (Knuth's, by the golden ratio). */
static size_t place_of(const links *self, int64_t secret_id) {
  const uint64_t spread = (uint64_t)secret_id * UINT64_C(0x9e3779b97f4a7c15);
  return (size_t)(spread >> 20) & (self->capacity - 1);
}

/* That of the secret, or the free one where it belongs. */
static link_entry *find_place(const links *self, int64_t secret_id) {
  size_t place = place_of(self, secret_id);
  while (self->entries[place].secret_id != 0 && self->entries[place].secret_id != secret_id) {
    place = (place + 1) & (self->capacity - 1);
  }
  return &self->entries[place];
}

static ss_status grow(links *self, ss_error *error) {
  links grown = *self;
  grown.capacity = self->capacity == 0 ? LEAST_CAPACITY : 2 * self->capacity;
  grown.entries = memory_new(grown.capacity * sizeof *grown.entries);
  if (grown.entries == NULL) return error_out_of_memory(error);
  for (size_t i = 0; i < self->capacity; i++) {
    const link_entry *moved = &self->entries[i];
    if (moved->secret_id != 0) *find_place(&grown, moved->secret_id) = *moved;
  }
  memory_free(self->entries);
  *self = grown;
  return SS_OK;
}

link_entry *links_find(const links *self, int64_t secret_id) {
  if (self->capacity == 0 || secret_id == 0) return NULL;
  link_entry *found = find_place(self, secret_id);
  return found->secret_id == 0 ? NULL : found;
}

/* ---- Following ------------------------------------------------------------------------------- */

static bool is_digest(byte_view digest) { return digest.length == SHA256_BYTES; }

/* created comes only where none lives, and a deletion of what nobody signed leaves the state. */
static bool fits_known(const link_entry *last, const event_record *event) {
  if (!last->lives) {
    return event->previous_digest.data == NULL &&
           (event->type == SS_EVENT_CREATED || event->type == SS_EVENT_DELETED);
  }
  return event->type != SS_EVENT_CREATED && is_digest(event->previous_digest) &&
         memcmp(event->previous_digest.data, last->digest, SHA256_BYTES) == 0;
}

static bool fits_stranger(const links *self, const event_record *event) {
  if (event->type == SS_EVENT_CREATED) return event->previous_digest.data == NULL;
  return self->allows_strangers;
}

ss_status links_follow(links *self, const event_record *event, bool *fits, ss_error *error) {
  const bool leaves_row = event->type != SS_EVENT_DELETED;
  *fits = event->secret_id > 0 && leaves_row == is_digest(event->row_digest);
  if (!*fits) return SS_OK;
  if (4 * (self->count + 1) > 3 * self->capacity) GUARD(grow(self, error));
  link_entry *last = find_place(self, event->secret_id);
  *fits = last->secret_id != 0 ? fits_known(last, event) : fits_stranger(self, event);
  self->count += last->secret_id == 0;
  *last = (link_entry){
      .secret_id = event->secret_id,
      .sequence = event->sequence,
      .revision = event->revision,
      .lives = leaves_row,
  };
  if (leaves_row) memcpy(last->digest, event->row_digest.data, SHA256_BYTES);
  return SS_OK;
}

const link_entry *links_next_missing(const links *self, size_t *place) {
  for (; *place < self->capacity; (*place)++) {
    const link_entry *entry = &self->entries[*place];
    if (entry->secret_id == 0 || !entry->lives || entry->is_there) continue;
    (*place)++;
    return entry;
  }
  return NULL;
}
