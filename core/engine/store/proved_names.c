/* Keeping names, and looking into them. */
#include "engine/store/proved_names.h"

#include <string.h>

#include "base/memory.h"
#include "base/status.h"

enum { LEAST_CAPACITY = 64 };

/* ---- Shelves --------------------------------------------------------------------------------- */

void proved_shelves_init(proved_shelves *self, const crypto_suite *suite) {
  *self = (proved_shelves){.suite = suite};
  for (size_t i = 0; i < PROVED_SHELVES; i++) {
    (void)pthread_mutex_init(&self->shelves[i].lock, NULL);
  }
}

void proved_shelves_forget(proved_shelves *self) {
  for (size_t i = 0; i < PROVED_SHELVES; i++) {
    proved_shelf *shelf = &self->shelves[i];
    proved_shelf_lock(shelf);
    for (size_t n = 0; n < PROVED_PER_SHELF; n++) proved_names_clear(&shelf->names[n]);
    proved_shelf_unlock(&shelf);
  }
}

void proved_shelves_clear(proved_shelves *self) {
  proved_shelves_forget(self);
  for (size_t i = 0; i < PROVED_SHELVES; i++) {
    (void)pthread_mutex_destroy(&self->shelves[i].lock);
  }
}

static ss_status hash_of(const crypto_suite *suite, text_view name,
                         unsigned char hash[SHA256_BYTES], ss_error *error) {
  const byte_view bytes = {(const unsigned char *)name.data, name.length};
  return sha256_digest(suite, bytes, hash, error);
}

ss_status proved_shelves_find(proved_shelves *self, text_view namespace_name, proved_shelf **shelf,
                              ss_error *error) {
  unsigned char hash[SHA256_BYTES];
  GUARD(hash_of(self->suite, namespace_name, hash, error));
  *shelf = &self->shelves[hash[0] % PROVED_SHELVES];
  return SS_OK;
}

void proved_shelf_lock(proved_shelf *self) { (void)pthread_mutex_lock(&self->lock); }

void proved_shelf_unlock(proved_shelf **self) {
  if (*self != NULL) (void)pthread_mutex_unlock(&(*self)->lock);
  *self = NULL;
}

proved_names *proved_shelf_names(proved_shelf *self, int64_t namespace_id) {
  proved_names *chosen = &self->names[0];
  for (size_t i = 0; i < PROVED_PER_SHELF; i++) {
    proved_names *names = &self->names[i];
    if (names->sequence > 0 && names->namespace_id == namespace_id) {
      names->used_at = ++self->uses;
      return names;
    }
    if (names->used_at < chosen->used_at) chosen = names;
  }
  proved_names_clear(chosen);
  chosen->namespace_id = namespace_id;
  chosen->used_at = ++self->uses;
  return chosen;
}

/* ---- Places ---------------------------------------------------------------------------------- */

void proved_names_clear(proved_names *self) {
  memory_free(self->places);
  *self = (proved_names){.namespace_id = self->namespace_id};
}

/* The first bytes of a hash: as even as it gets. */
static size_t home_of(const proved_names *self, const unsigned char name[PROVED_NAME_BYTES]) {
  uint64_t bits = 0;
  memcpy(&bits, name, sizeof bits);
  return (size_t)bits & (self->capacity - 1);
}

/* That of the name, or the free one where it would go. */
static proved_entry *place_of(const proved_names *self,
                              const unsigned char name[PROVED_NAME_BYTES]) {
  size_t at = home_of(self, name);
  while (self->places[at].secret_id != 0 &&
         memcmp(self->places[at].name, name, PROVED_NAME_BYTES) != 0) {
    at = (at + 1) & (self->capacity - 1);
  }
  return &self->places[at];
}

static ss_status grow(proved_names *self, ss_error *error) {
  proved_names larger = *self;
  larger.capacity = self->capacity == 0 ? LEAST_CAPACITY : 2 * self->capacity;
  larger.places = memory_new(larger.capacity * sizeof *larger.places);
  if (larger.places == NULL) return error_out_of_memory(error);
  for (size_t i = 0; i < self->capacity; i++) {
    if (self->places[i].secret_id == 0) continue;
    *place_of(&larger, self->places[i].name) = self->places[i];
  }
  memory_free(self->places);
  *self = larger;
  return SS_OK;
}

/* Whether the one at home may not move to an earlier, free place: its home lies between. */
static bool stays(const proved_names *self, size_t freed, size_t at) {
  const size_t home = home_of(self, self->places[at].name);
  const size_t mask = self->capacity - 1;
  return ((at - home) & mask) < ((at - freed) & mask);
}

/* Closes the gap: those that probed over it move up. */
static void free_place(proved_names *self, size_t freed) {
  const size_t mask = self->capacity - 1;
  for (size_t at = (freed + 1) & mask; self->places[at].secret_id != 0; at = (at + 1) & mask) {
    if (stays(self, freed, at)) continue;
    self->places[freed] = self->places[at];
    freed = at;
  }
  self->places[freed] = (proved_entry){0};
  self->count--;
}

/* ---- Names ----------------------------------------------------------------------------------- */

ss_status proved_names_find(proved_names *self, const crypto_suite *suite, text_view name,
                            proved_entry **entry, ss_error *error) {
  unsigned char hash[SHA256_BYTES];
  *entry = NULL;
  if (self->count == 0) return SS_OK;
  GUARD(hash_of(suite, name, hash, error));
  proved_entry *place = place_of(self, hash);
  if (place->secret_id != 0) *entry = place;
  return SS_OK;
}

ss_status proved_names_set(proved_names *self, const crypto_suite *suite, text_view name,
                           int64_t secret_id, const unsigned char digest[STORAGE_MAC_BYTES],
                           int64_t updated_at, bool *was_there, ss_error *error) {
  unsigned char hash[SHA256_BYTES];
  if (secret_id == 0) {
    return error_set(error, SS_INTEGRITY_VIOLATION, "a secret has the id 0, which is none");
  }
  if (2 * (self->count + 1) > self->capacity) GUARD(grow(self, error));
  GUARD(hash_of(suite, name, hash, error));
  proved_entry *place = place_of(self, hash);
  *was_there = place->secret_id != 0;
  self->count += !*was_there;
  memcpy(place->name, hash, sizeof place->name);
  place->secret_id = secret_id;
  memcpy(place->digest, digest, sizeof place->digest);
  place->updated_at = updated_at;
  return SS_OK;
}

ss_status proved_names_take(proved_names *self, const crypto_suite *suite, text_view name,
                            ss_error *error) {
  proved_entry *entry = NULL;
  GUARD(proved_names_find(self, suite, name, &entry, error));
  if (entry != NULL) free_place(self, (size_t)(entry - self->places));
  return SS_OK;
}

bool proved_entry_is(const proved_entry *entry, int64_t secret_id,
                     const unsigned char digest[STORAGE_MAC_BYTES]) {
  return entry->secret_id == secret_id && memcmp(entry->digest, digest, sizeof entry->digest) == 0;
}

static bool is_after(const proved_entry *entry, const proved_position *position) {
  return entry->updated_at != position->updated_at ? entry->updated_at > position->updated_at
                                                   : entry->secret_id > position->secret_id;
}

size_t proved_names_between(const proved_names *self, const proved_position *after,
                            const proved_position *up_to) {
  size_t found = 0;
  for (size_t i = 0; i < self->capacity; i++) {
    const proved_entry *entry = &self->places[i];
    found += entry->secret_id != 0 && is_after(entry, after) && !is_after(entry, up_to);
  }
  return found;
}
