/* The policy that a store has at the moment, which may be exchanged while operations run. */
#ifndef ENGINE_STORE_POLICIES_H
#define ENGINE_STORE_POLICIES_H

#include <pthread.h>
#include <stdatomic.h>

#include "crypto/suite.h"
#include "policy/policy.h"

typedef struct policies {
  pthread_mutex_t lock;
  policy *current; /* guarded by lock */
  atomic_bool has_one;
} policies;

void policies_init(policies *self);
void policies_clear(policies *self);

/* The current one, held for the caller, who releases it; NULL: there is none. */
policy *policies_take(policies *self);
/* Takes over the caller's hold. */
void policies_exchange(policies *self, policy *next);

/* SHA-256 of the text, in hexadecimal, and the policy compiled from it. */
ss_status policies_compile(const crypto_suite *suite, const ss_policy_source *source,
                           const policy_limits *limits, const log_sink *log, policy **compiled,
                           ss_error *error) MUST_CHECK;

#endif
