/* What a handle has seen of its store: the highest root, seal, and head of each namespace that it
 * used. Whoever puts the file back to an older state while a handle is open is found out by the next
 * call that looks. Nothing here is secret; its own lock guards it.
 *
 * A session compares with what was known before it began: another thread may have seen more since. */
#ifndef ENGINE_STORE_MEMORY_OF_HEADS_H
#define ENGINE_STORE_MEMORY_OF_HEADS_H

#include <pthread.h>

#include "base/guard.h"
#include "storage/storage.h"

/* How far something had come: a count that only grows, and what stood there. */
typedef struct known_point {
  int64_t count; /* 0: nothing is known */
  unsigned char mac[STORAGE_MAC_BYTES];
} known_point;

enum { KNOWN_HEADS = 1024 }; /* of namespaces, direct-mapped by id */

typedef struct known_head {
  int64_t namespace_id;
  known_point point;
} known_head;

typedef struct memory_of_heads {
  pthread_mutex_t lock;
  known_point root;
  known_point seal;
  known_head heads[KNOWN_HEADS];
} memory_of_heads;

void memory_of_heads_init(memory_of_heads *self);
void memory_of_heads_clear(memory_of_heads *self);

/* Root and seal as they are known. */
typedef struct known_state {
  known_point root;
  known_point seal;
} known_state;
known_state memory_of_heads_recall(memory_of_heads *self);

/* Whether a point may follow what is known: it is further, or the same. */
bool known_point_allows(const known_point *known, int64_t count,
                        const unsigned char mac[STORAGE_MAC_BYTES]);

/* What was authenticated, and is committed. Keeps the higher. */
void memory_of_heads_note(memory_of_heads *self, const known_state *seen);

/* A namespace's head: whether it may be, in a session that keeps all others from writing it; and
 * that it was. Two of one slot forget each other. */
bool memory_of_heads_allows(memory_of_heads *self, const namespace_record *head);
void memory_of_heads_note_head(memory_of_heads *self, const namespace_record *head);

/* What is known of a namespace's head; of another namespace, if nothing is. */
known_head memory_of_heads_recall_head(memory_of_heads *self, int64_t namespace_id);

/* For whoever has put the store back to an older state himself. */
void memory_of_heads_forget(memory_of_heads *self);

#endif
