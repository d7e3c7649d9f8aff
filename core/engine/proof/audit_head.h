/* Keeping the store's head in the store, for maintenance. */
#ifndef ENGINE_PROOF_AUDIT_HEAD_H
#define ENGINE_PROOF_AUDIT_HEAD_H

#include "engine/store/store.h"

/* Within a call that has entered the store. Fails as ss_get_audit_head does. */
ss_status audit_head_keep(store_call *call) MUST_CHECK;

#endif
