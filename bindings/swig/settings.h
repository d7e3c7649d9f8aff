/* The options of a store as a record, like those of requests: a row for each in records.h, a member
 * here, and the setter that it goes to. Path and keys are not among them: without these there are
 * no options. The defaults are the library's. */
#ifndef BINDINGS_SETTINGS_H
#define BINDINGS_SETTINGS_H

#include <string.h>

#include "secretstore/secretstore.h"

typedef struct ss_settings {
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
  ss_change maintenance_interval; /* SS_SET: maintenance is on */
  int64_t maintenance_interval_ms;
  int64_t secret_retention_ms;
  int64_t event_retention_ms;
} ss_settings;

static inline void ss_settings_init(ss_settings *settings) {
  memset(settings, 0, sizeof *settings);
  settings->policy_memory_bytes = SS_DEFAULT_POLICY_MEMORY_BYTES;
  settings->policy_instructions = SS_DEFAULT_POLICY_INSTRUCTIONS;
  settings->policy_deadline_ms = SS_DEFAULT_POLICY_DEADLINE_MS;
  settings->max_value_bytes = SS_DEFAULT_MAX_VALUE_BYTES;
  settings->durability = SS_DURABILITY_FULL;
  settings->busy_timeout_ms = SS_DEFAULT_BUSY_TIMEOUT_MS;
  settings->create = true;
  settings->secret_retention_ms = SS_DEFAULT_SECRET_RETENTION_MS;
  settings->event_retention_ms = SS_DEFAULT_EVENT_RETENTION_MS;
}

static inline ss_status ss_settings_set_policy(ss_options *options, const ss_settings *settings,
                                               ss_error *error) {
  if (settings->policy.text != NULL) {
    const ss_status status = ss_options_set_policy(options, &settings->policy, error);
    if (status != SS_OK) return status;
  }
  const ss_status status = ss_options_set_policy_hash(options, settings->policy_hash, error);
  if (status != SS_OK) return status;
  return ss_options_set_policy_limits(options, settings->policy_memory_bytes,
                                      settings->policy_instructions, settings->policy_deadline_ms,
                                      error);
}

static inline ss_status ss_settings_set_maintenance(ss_options *options,
                                                    const ss_settings *settings, ss_error *error) {
  if (settings->maintenance_interval == SS_SET) {
    const ss_status status =
        ss_options_set_maintenance(options, true, settings->maintenance_interval_ms, error);
    if (status != SS_OK) return status;
  }
  return ss_options_set_retention_ms(options, settings->secret_retention_ms,
                                     settings->event_retention_ms, error);
}

/* Gives all of them to options. */
static inline ss_status ss_options_set(ss_options *options, const ss_settings *request,
                                       ss_error *error) {
  ss_status status = ss_settings_set_policy(options, request, error);
  if (status == SS_OK) status = ss_settings_set_maintenance(options, request, error);
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
  return status;
}

#endif
