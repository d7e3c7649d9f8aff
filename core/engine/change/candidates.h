/* Secrets that a scan without a lock found, for a transaction that looks at each again. */
#ifndef ENGINE_CHANGE_CANDIDATES_H
#define ENGINE_CHANGE_CANDIDATES_H

#include "base/arena.h"
#include "base/log.h"
#include "crypto/gcm.h"
#include "storage/storage.h"

typedef struct candidate {
  int64_t id;
  int64_t namespace_id;
  text_view namespace_name; /* absent: the default one */
  text_view name;
  bool is_lost; /* there is no such namespace: the row is damaged, and cannot be found by name */
  unsigned char dek_iv[GCM_IV_BYTES]; /* zero if the row's has another length */
} candidate;

typedef struct candidates {
  arena *memory; /* of the texts, and whatever else lives as long */
  candidate *items;
  size_t count;
  size_t capacity;
} candidates;

ss_status candidates_init(candidates *list, size_t capacity, ss_error *error) MUST_CHECK;
void candidates_clear(candidates *list);

/* A scan asks for at most capacity rows. */
ss_status candidates_add(candidates *list, const secret_record *row, ss_error *error) MUST_CHECK;

/* After the scan: fills the namespaces' names, and sorts by namespace, in the order in which they
 * must be locked, then by id. */
ss_status candidates_resolve(candidates *list, storage_session *session,
                             ss_error *error) MUST_CHECK;

/* Says which secret an operation leaves as it is, and why. */
void candidate_log_left(const candidate *left, const char *operation, const char *why,
                        const log_sink *log);

#endif
