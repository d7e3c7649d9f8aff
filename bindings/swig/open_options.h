/* What a store is opened with as a record, like those of requests: a row for each option in records.h,
 * a member here, and the setter that it goes to. Path and keys are not among them: without these
 * there are no options. The defaults are the library's. (The settings of a store, ss_store_settings,
 * are another thing: they are kept in it.) */
#ifndef BINDINGS_OPEN_OPTIONS_H
#define BINDINGS_OPEN_OPTIONS_H

#include <string.h>

#include "secretstore/secretstore.h"

typedef struct ss_open_options {
  ss_policy_source policy; /* without a text: none */
  const char *policy_hash;
  size_t policy_memory_bytes;
  int64_t policy_instructions;
  int64_t policy_deadline_ms;
  ss_change default_ttl;
  int64_t default_ttl_ms;
  size_t max_value_bytes;
  ss_durability durability;
  int64_t busy_timeout_ms;
  bool create;
  bool allow_group;
  ss_change maintenance_interval; /* SS_SET: maintenance is on */
  int64_t maintenance_interval_ms;
  int64_t secret_retention_ms;
  int64_t event_retention_ms;
  int64_t drain_after_ms;
  int64_t least_epoch;
  const char *anchor;
  ss_reads reads;
} ss_open_options;

static inline void ss_open_options_init(ss_open_options *given) {
  memset(given, 0, sizeof *given);
  given->policy_memory_bytes = SS_DEFAULT_POLICY_MEMORY_BYTES;
  given->policy_instructions = SS_DEFAULT_POLICY_INSTRUCTIONS;
  given->policy_deadline_ms = SS_DEFAULT_POLICY_DEADLINE_MS;
  given->max_value_bytes = SS_DEFAULT_MAX_VALUE_BYTES;
  given->durability = SS_DURABILITY_FULL;
  given->busy_timeout_ms = SS_DEFAULT_BUSY_TIMEOUT_MS;
  given->create = true;
  given->secret_retention_ms = SS_DEFAULT_SECRET_RETENTION_MS;
  given->event_retention_ms = SS_DEFAULT_EVENT_RETENTION_MS;
  given->drain_after_ms = SS_DEFAULT_DRAIN_AFTER_MS;
  given->least_epoch = 1;
  given->reads = SS_READS_PLAIN;
}

static inline ss_status ss_open_options_set_policy(ss_options *options,
                                                   const ss_open_options *given, ss_error *error) {
  if (given->policy.text != NULL) {
    const ss_status status = ss_options_set_policy(options, &given->policy, error);
    if (status != SS_OK) return status;
  }
  const ss_status status = ss_options_set_policy_hash(options, given->policy_hash, error);
  if (status != SS_OK) return status;
  return ss_options_set_policy_limits(options, given->policy_memory_bytes,
                                      given->policy_instructions, given->policy_deadline_ms, error);
}

static inline ss_status ss_open_options_set_maintenance(ss_options *options,
                                                        const ss_open_options *given,
                                                        ss_error *error) {
  if (given->maintenance_interval == SS_SET) {
    const ss_status status =
        ss_options_set_maintenance(options, true, given->maintenance_interval_ms, error);
    if (status != SS_OK) return status;
  }
  const ss_status status = ss_options_set_drain_after_ms(options, given->drain_after_ms, error);
  if (status != SS_OK) return status;
  return ss_options_set_retention_ms(options, given->secret_retention_ms, given->event_retention_ms,
                                     error);
}

static inline ss_status ss_open_options_set_proof(ss_options *options, const ss_open_options *given,
                                                  ss_error *error) {
  ss_status status = ss_options_set_least_epoch(options, given->least_epoch, error);
  if (status == SS_OK) status = ss_options_set_anchor(options, given->anchor, error);
  if (status == SS_OK) status = ss_options_set_reads(options, given->reads, error);
  return status;
}

/* Gives all of them to options. */
static inline ss_status ss_options_set(ss_options *options, const ss_open_options *request,
                                       ss_error *error) {
  ss_status status = ss_open_options_set_policy(options, request, error);
  if (status == SS_OK) status = ss_open_options_set_maintenance(options, request, error);
  if (status == SS_OK) status = ss_open_options_set_proof(options, request, error);
  if (status == SS_OK && request->default_ttl == SS_SET) {
    status = ss_options_set_default_ttl_ms(options, request->default_ttl_ms, error);
  }
  if (status == SS_OK) {
    status = ss_options_set_max_value_bytes(options, request->max_value_bytes, error);
  }
  if (status == SS_OK) status = ss_options_set_durability(options, request->durability, error);
  if (status == SS_OK) {
    status = ss_options_set_busy_timeout_ms(options, request->busy_timeout_ms, error);
  }
  if (status == SS_OK) status = ss_options_set_create(options, request->create, error);
  if (status == SS_OK) status = ss_options_set_allow_group(options, request->allow_group, error);
  return status;
}

#endif
