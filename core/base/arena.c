/* The arena: a list of chunks, each filled from its beginning. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>

#include "base/memory.h"
#include "base/status.h"

enum { CHUNK_BYTES = 8192 };

typedef struct chunk {
  struct chunk *next;
  size_t used;
  size_t capacity;
  alignas(max_align_t) unsigned char bytes[];
} chunk;

struct arena {
  chunk *chunks; /* the newest first; only it has room */
};

arena *arena_new(void) { return memory_new(sizeof(arena)); }

void arena_free(arena *self) {
  if (self == NULL) return;
  while (self->chunks != NULL) {
    chunk *oldest_kept = self->chunks->next;
    memory_free(self->chunks);
    self->chunks = oldest_kept;
  }
  memory_free(self);
}

static chunk *chunk_new(size_t length, chunk *next) {
  const size_t capacity = length > CHUNK_BYTES ? length : CHUNK_BYTES;
  if (capacity > SIZE_MAX - sizeof(chunk)) return NULL;
  chunk *created = memory_new(sizeof *created + capacity);
  if (created == NULL) return NULL;
  created->next = next;
  created->capacity = capacity;
  return created;
}

void *arena_allocate(arena *self, size_t length) {
  const size_t alignment = alignof(max_align_t);
  if (length > SIZE_MAX - alignment) return NULL;
  const size_t rounded = (length + alignment - 1) / alignment * alignment;
  chunk *newest = self->chunks;
  if (newest == NULL || newest->capacity - newest->used < rounded) {
    newest = chunk_new(rounded, self->chunks);
    if (newest == NULL) return NULL;
    self->chunks = newest;
  }
  void *piece = newest->bytes + newest->used;
  newest->used += rounded;
  return piece;
}

char *arena_copy_text(arena *self, text_view text) {
  char *copy = arena_allocate(self, text.length + 1);
  if (copy != NULL && text.length > 0) memcpy(copy, text.data, text.length);
  return copy;
}

ss_status arena_keep_text(arena *self, text_view text, text_view *kept, ss_error *error) {
  *kept = (text_view){0};
  if (text.data == NULL) return SS_OK;
  const char *copy = arena_copy_text(self, text);
  if (copy == NULL) return error_out_of_memory(error);
  *kept = (text_view){copy, text.length};
  return SS_OK;
}
