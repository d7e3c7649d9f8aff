/* Maintenance: what a store does for itself in the background or step by step. */
#ifndef ENGINE_UPKEEP_MAINTENANCE_H
#define ENGINE_UPKEEP_MAINTENANCE_H

#include "engine/store/store.h"

/* What the host's options say of it. */
typedef struct maintenance_plan {
  int64_t interval_ms;
  int64_t secret_retention_ms;
  int64_t event_retention_ms;
  int64_t drain_after_ms;
} maintenance_plan;

/* NULL if memory runs out. */
maintenance *maintenance_new(const maintenance_plan *plan);
void maintenance_free(maintenance *self);

/* Has the store's background thread work. */
ss_status maintenance_start(ss_store *store, ss_error *error) MUST_CHECK;

#endif
