/* The options behind the public builder. */
#ifndef ENGINE_OPTIONS_H
#define ENGINE_OPTIONS_H

#include "base/clock.h"
#include "base/log.h"
#include "crypto/keyring.h"

struct ss_options {
  char *path;
  keyring keyring;
  size_t max_value_bytes;
  bool has_default_ttl;
  int64_t default_ttl_ms;
  ss_durability durability;
  int busy_timeout_ms;
  bool create;
  bool maintenance;
  int64_t maintenance_interval_ms;
  int64_t secret_retention_ms;
  int64_t event_retention_ms;
  log_sink log;
  clock_source clock;
};

#endif
