/* Counts the wraps made under the active KEK against the limit of NIST SP 800-38D, 8.3: at most
 * 2^32 encryptions with random 96-bit IVs under one key.
 *
 * The count in the store is of wraps handed out to processes in blocks, so that most puts do not
 * write it; a block that is not used up is lost, which errs on the safe side. A process starts
 * with a block of one and doubles it, so that a command line that puts once counts once. */
#ifndef ENGINE_STORE_WRAP_BUDGET_H
#define ENGINE_STORE_WRAP_BUDGET_H

#include <pthread.h>

#include "base/log.h"
#include "storage/storage.h"

#define WRAP_BUDGET_LIMIT SS_WRAP_LIMIT

typedef struct wrap_budget {
  pthread_mutex_t lock;
  int64_t key_version; /* whose they are: the active one may be exchanged (reload_keys) */
  int64_t available;   /* taken out of the store and not used yet */
  int64_t next_block;  /* how many to take out next time */
} wrap_budget;

void wrap_budget_init(wrap_budget *budget);
void wrap_budget_clear(wrap_budget *budget);
/* Forgets what was taken out: in a child process, since the parent goes on using it. */
void wrap_budget_forget(wrap_budget *budget);

/* Where wraps are taken out of a store. */
typedef struct wrap_order {
  storage *storage;
  storage_session *session; /* the write session that needs them */
  int64_t key_version;
  const log_sink *log; /* warned at half of the limit */
} wrap_order;

/* Takes one wrap. If none is at hand, takes a block out of the store; *granted grows by what is
 * left of it, and is handed to wrap_budget_deposit once the transaction committed.
 * SS_KEY_VERSION_UNAVAILABLE if the key has used up its budget. */
ss_status wrap_budget_take(wrap_budget *budget, const wrap_order *order, int64_t *granted,
                           ss_error *error) MUST_CHECK;
void wrap_budget_deposit(wrap_budget *budget, int64_t key_version, int64_t granted);

/* Takes exactly so many (1 or more) out of the store, apart from what is at hand. */
ss_status wrap_budget_take_all(const wrap_order *order, int64_t wraps, ss_error *error) MUST_CHECK;

/* For whoever makes wraps and writes nothing: refuses what would not fit the limit, and warns as if
 * they were taken. */
ss_status wrap_budget_foresee(const kek_record *kek, int64_t wraps, const log_sink *log,
                              ss_error *error) MUST_CHECK;

#endif
