/* The operations of a store as promises. request is the record of the operation, or for those that
 * have none an array of its arguments. */
#ifndef OPERATIONS_NODE_H
#define OPERATIONS_NODE_H

#include <napi.h>

#include "handles.h"
#include "operations.h"

namespace node {

/* Arguments of operations without a record: rotate_all [caller, progress], admit_keys, make_anchor and
 * note_restored [caller], reload_keys [keyring], cleanup_secrets and cleanup_events [retentionMs,
 * caller], policy_reload and policy_try [policy]; policy_try gives [trial, refusals]. */
#define DECLARE_OTHER(name) \
  Napi::Value name##_promise(Napi::Env env, store_handle store, Napi::Value request);
#define DECLARE_ASKED(name, request_type, result_type, kind) DECLARE_OTHER(name)
#define DECLARE_TOLD(name, result_type, kind) DECLARE_OTHER(name)
SS_OPERATIONS(DECLARE_ASKED, DECLARE_TOLD, DECLARE_OTHER)
DECLARE_OTHER(close)
#undef DECLARE_ASKED
#undef DECLARE_TOLD
#undef DECLARE_OTHER

} // namespace node

#endif
