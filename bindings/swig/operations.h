/* The operations of a store: one row for each. What SWIG declares, what results free, and Node's
 * promises are made from it; the rows of hosts' native modules are compared with it.
 *
 * Operations of the usual shape, by what they take besides the store and the error:
 *
 *   ASKED(name, request, result, kind)   a record (records.h), and a result
 *   TOLD(name, result, kind)             a result alone
 *
 * Kinds of results: PLAIN (of plain memory), OWNED (has a _clear function), BOOLEAN (bool).
 *
 *   OTHER(name)   of a shape of its own: declared in secretstore.i, its promise in
 *                 ../node/native/operations_node.cc
 *
 * Names are those of hosts: where the C API's differ, there is a function by the
 * other name below. */
#ifndef BINDINGS_OPERATIONS_H
#define BINDINGS_OPERATIONS_H

#include "records.h"

/* clang-format off */

#define SS_OPERATIONS(ASKED, TOLD, OTHER)                                      \
  ASKED(put, ss_put_request, ss_put_result, PLAIN)                             \
  OTHER(put_batch)                                                             \
  ASKED(get, ss_get_request, ss_get_result, OWNED)                             \
  ASKED(get_text, ss_get_request, ss_get_text_result, OWNED)                   \
  ASKED(get_or_throw, ss_get_request, ss_get_result, OWNED)                    \
  ASKED(get_text_or_throw, ss_get_request, ss_get_text_result, OWNED)          \
  ASKED(has, ss_get_request, bool, BOOLEAN)                                    \
  ASKED(update, ss_update_request, ss_update_result, PLAIN)                    \
  ASKED(remove, ss_remove_request, bool, BOOLEAN)                              \
  ASKED(list, ss_list_request, ss_secret_page, OWNED)                          \
  ASKED(list_namespaces, ss_namespaces_request, ss_namespace_page, OWNED)      \
  ASKED(list_events, ss_events_request, ss_event_page, OWNED)                  \
  ASKED(rotate_keys, ss_rotate_request, ss_rotate_result, PLAIN)               \
  OTHER(rotate_all)                                                            \
  TOLD(get_rotation_status, ss_rotation_status, OWNED)                         \
  ASKED(retire_key, ss_retire_request, ss_retire_result, PLAIN)                \
  OTHER(admit_keys)                                                            \
  OTHER(reload_keys)                                                           \
  TOLD(get_store_settings, ss_store_settings, PLAIN)                           \
  ASKED(change_store_settings, ss_settings_request, ss_store_settings, PLAIN)  \
  OTHER(cleanup_secrets)                                                       \
  OTHER(cleanup_events)                                                        \
  TOLD(maintenance_step, bool, BOOLEAN)                                        \
  ASKED(verify, ss_verify_request, ss_verify_report, OWNED)                    \
  ASKED(accept, ss_accept_request, ss_accept_result, PLAIN)                    \
  OTHER(make_anchor)                                                           \
  TOLD(get_audit_head, ss_audit_head, OWNED)                                   \
  ASKED(backup, ss_backup_request, bool, BOOLEAN)                              \
  OTHER(note_restored)                                                         \
  OTHER(import_rows)                                                           \
  ASKED(export_rows, ss_export_request, ss_export_report, OWNED)               \
  TOLD(get_stats, ss_stats, PLAIN)                                             \
  OTHER(policy_reload)                                                         \
  OTHER(get_policy_hash)                                                       \
  OTHER(policy_try)

/* clang-format on */

#ifndef SWIG

/* "export" is a keyword of JavaScript. */
static inline ss_status ss_export_rows(ss_store *store, const ss_export_request *request,
                                       ss_export_report *result, ss_error *error) {
  return ss_export(store, request, result, error);
}

static inline ss_status ss_get_text(ss_store *store, const ss_get_request *request,
                                    ss_get_text_result *result, ss_error *error) {
  return ss_get(store, request, result, error);
}

static inline ss_status ss_get_text_or_throw(ss_store *store, const ss_get_request *request,
                                             ss_get_text_result *result, ss_error *error) {
  return ss_get_or_throw(store, request, result, error);
}

#endif

#endif
