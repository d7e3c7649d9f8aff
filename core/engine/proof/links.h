/* How the events of a namespace link: what each secret's last one left, as a walk goes along. A hash
 * table by secret id; some 60 bytes a secret. */
#ifndef ENGINE_PROOF_LINKS_H
#define ENGINE_PROOF_LINKS_H

#include "crypto/suite.h"
#include "storage/storage.h"

/* What the last linking event of a secret says. */
typedef struct link_entry {
  int64_t secret_id; /* 0: the place is free */
  int64_t sequence;
  int64_t revision;
  bool lives;    /* it left a row, */
  bool is_there; /* which was found (links_claim) */
  unsigned char digest[SHA256_BYTES];
} link_entry;

typedef struct links {
  link_entry *entries;
  size_t count;
  size_t capacity;       /* a power of two */
  bool allows_strangers; /* secrets whose first events are not in the walk */
} links;

void links_clear(links *self);
/* Before a walk; and where everything before is void. */
void links_begin(links *self, bool allows_strangers);

/* Takes an event that links. *fits: whether it found what the one before left. */
ss_status links_follow(links *self, const event_record *event, bool *fits,
                       ss_error *error) MUST_CHECK;

/* NULL: no event tells of that secret. */
link_entry *links_find(const links *self, int64_t secret_id);

/* A secret that should live and was not found, from a place on; NULL: no more. */
const link_entry *links_next_missing(const links *self, size_t *place);

#endif
