/* Maintenance: what a store does for itself in the background or step by step. */
#ifndef ENGINE_UPKEEP_MAINTENANCE_H
#define ENGINE_UPKEEP_MAINTENANCE_H

#include "engine/store/store.h"

/* NULL if memory runs out. */
maintenance *maintenance_new(int64_t interval_ms, int64_t secret_retention_ms,
                             int64_t event_retention_ms);
void maintenance_free(maintenance *self);

/* Has the store's background thread work. */
ss_status maintenance_start(ss_store *store, ss_error *error) MUST_CHECK;

#endif
