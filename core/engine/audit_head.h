/* Making the store's head, for ss_get_audit_head and for maintenance. */
#ifndef ENGINE_AUDIT_HEAD_H
#define ENGINE_AUDIT_HEAD_H

#include "engine/store.h"

/* Within a call that has entered the store. head may be NULL. */
ss_status audit_head_refresh(ss_store *store, ss_audit_head *head, ss_error *error) MUST_CHECK;

#endif
