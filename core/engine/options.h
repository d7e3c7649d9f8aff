/* The options behind the public builder. */
#ifndef ENGINE_OPTIONS_H
#define ENGINE_OPTIONS_H

#include "base/clock.h"
#include "base/log.h"
#include "crypto/keyring.h"
#include "policy/policy.h"

/* For an initializer. */
#define POLICY_DEFAULT_LIMITS                                                                     \
  {                                                                                               \
    .memory_bytes = SS_DEFAULT_POLICY_MEMORY_BYTES,                                               \
    .instructions = SS_DEFAULT_POLICY_INSTRUCTIONS, .deadline_ms = SS_DEFAULT_POLICY_DEADLINE_MS, \
  }

struct ss_options {
  char *path;
  keyring keyring;
  size_t max_value_bytes;
  bool has_default_ttl;
  int64_t default_ttl_ms;
  ss_durability durability;
  int busy_timeout_ms;
  bool create;
  bool allow_group;
  int64_t least_epoch;
  char *anchor; /* NULL: none */
  ss_reads reads;
  bool maintenance;
  int64_t maintenance_interval_ms;
  int64_t secret_retention_ms;
  int64_t event_retention_ms;
  int64_t drain_after_ms;
  char *policy_name; /* NULL: no policy */
  char *policy_text;
  size_t policy_length;
  char policy_hash[SS_POLICY_HASH_CAPACITY]; /* "": any */
  policy_limits policy_limits;
  log_sink log;
  clock_source clock;
  ss_interrupt_callback interrupt; /* or NULL */
  void *interrupt_context;
  ss_closed_callback closed; /* or NULL */
  void *closed_context;
};

#endif
