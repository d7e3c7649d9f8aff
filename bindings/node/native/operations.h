/* The operations of a store as promises. request is the record of the operation, or for those that
 * have none an array of its arguments. */
#ifndef NODE_OPERATIONS_H
#define NODE_OPERATIONS_H

#include <napi.h>

#include "handles.h"

namespace node {

#define DECLARE_OPERATION(name) \
  Napi::Value name##_promise(Napi::Env env, store_handle store, Napi::Value request)

DECLARE_OPERATION(put);
DECLARE_OPERATION(put_batch);
DECLARE_OPERATION(get);
DECLARE_OPERATION(get_text);
DECLARE_OPERATION(get_or_throw);
DECLARE_OPERATION(get_text_or_throw);
DECLARE_OPERATION(has);
DECLARE_OPERATION(update);
DECLARE_OPERATION(remove);
DECLARE_OPERATION(list);
DECLARE_OPERATION(list_namespaces);
DECLARE_OPERATION(list_events);
DECLARE_OPERATION(rotate_keys);
DECLARE_OPERATION(rotate_all); /* [caller, progress] */
DECLARE_OPERATION(get_rotation_status);
DECLARE_OPERATION(cleanup_secrets); /* [retentionMs, caller] */
DECLARE_OPERATION(cleanup_events);  /* likewise */
DECLARE_OPERATION(maintenance_step);
DECLARE_OPERATION(verify);
DECLARE_OPERATION(get_audit_head);
DECLARE_OPERATION(backup);
DECLARE_OPERATION(import_rows);
DECLARE_OPERATION(export_rows);
DECLARE_OPERATION(get_stats);
DECLARE_OPERATION(policy_reload); /* [policy] */
DECLARE_OPERATION(get_policy_hash);
DECLARE_OPERATION(policy_try); /* [policy]; gives [trial, refusals] */
DECLARE_OPERATION(close);

#undef DECLARE_OPERATION

} // namespace node

#endif
