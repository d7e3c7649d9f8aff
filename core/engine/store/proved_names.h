/* What a namespace holds, name by name, for reads that are to be proved: of each living secret its id,
 * the digest of its row and where it stands in order of updates, as the namespace's authenticated
 * events say. Kept while a handle is open, a number of namespaces at most; the least recently used
 * goes first.
 *
 * A namespace's names are guarded by the lock of their shelf, which whoever brings them in step with
 * the events holds meanwhile: nobody sees half a step. */
#ifndef ENGINE_STORE_PROVED_NAMES_H
#define ENGINE_STORE_PROVED_NAMES_H

#include <pthread.h>

#include "base/guard.h"
#include "crypto/suite.h"
#include "storage/storage.h"

enum {
  PROVED_SHELVES = 16,
  PROVED_PER_SHELF = 8,
  PROVED_NAME_BYTES = 16,   /* of a name's SHA-256 */
  PROVED_DIGEST_BYTES = 16, /* of a row's: enough that nobody finds another row with the same */
};

/* One secret. */
typedef struct proved_entry {
  unsigned char name[PROVED_NAME_BYTES];
  int64_t secret_id; /* 0: the place is free */
  unsigned char digest[PROVED_DIGEST_BYTES];
  int64_t updated_at;
} proved_entry;

/* One namespace. */
typedef struct proved_names {
  int64_t namespace_id;
  int64_t sequence; /* of the head that they are in step with; 0: nothing is proved here */
  unsigned char mac[STORAGE_MAC_BYTES];
  proved_entry *places; /* a hash table: linear probing, a power of two */
  size_t capacity;
  size_t count;
  uint64_t used_at; /* by a count of uses */
} proved_names;

typedef struct proved_shelf {
  pthread_mutex_t lock;
  proved_names names[PROVED_PER_SHELF];
  uint64_t uses;
} proved_shelf;

typedef struct proved_shelves {
  const crypto_suite *suite;
  proved_shelf shelves[PROVED_SHELVES];
} proved_shelves;

void proved_shelves_init(proved_shelves *self, const crypto_suite *suite);
void proved_shelves_clear(proved_shelves *self);
/* For whoever has put the store back to an older state himself. */
void proved_shelves_forget(proved_shelves *self);

/* The shelf of a namespace, by name: to be locked (and unlocked) around what follows. */
ss_status proved_shelves_find(proved_shelves *self, text_view namespace_name, proved_shelf **shelf,
                              ss_error *error) MUST_CHECK;
void proved_shelf_lock(proved_shelf *self);
void proved_shelf_unlock(proved_shelf **self); /* for ON_SCOPE_EXIT; NULL: none is locked */

/* The names of a namespace, or an empty place for them. */
proved_names *proved_shelf_names(proved_shelf *self, int64_t namespace_id);

/* ---- Names ----------------------------------------------------------------------------------- */

/* Nothing is proved any more. */
void proved_names_clear(proved_names *self);

/* The secret of a name; NULL: none lives. Valid until names are set or taken. */
ss_status proved_names_find(proved_names *self, const crypto_suite *suite, text_view name,
                            proved_entry **entry, ss_error *error) MUST_CHECK;

/* The name has that secret from now on. was_there: it had one before. */
ss_status proved_names_set(proved_names *self, const crypto_suite *suite, text_view name,
                           int64_t secret_id, const unsigned char digest[STORAGE_MAC_BYTES],
                           int64_t updated_at, bool *was_there, ss_error *error) MUST_CHECK;

/* The name has none from now on. */
ss_status proved_names_take(proved_names *self, const crypto_suite *suite, text_view name,
                            ss_error *error) MUST_CHECK;

/* Whether that is the entry's row. */
bool proved_entry_is(const proved_entry *entry, int64_t secret_id,
                     const unsigned char digest[STORAGE_MAC_BYTES]);

/* In order of updates, ties by id. */
typedef struct proved_position {
  int64_t updated_at;
  int64_t secret_id;
} proved_position;

/* How many secrets stand after one position and before or at another. */
size_t proved_names_between(const proved_names *self, const proved_position *after,
                            const proved_position *up_to);

#endif
