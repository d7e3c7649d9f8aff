/* The records of the C API as every host language sees them: the fields of each request and result
 * in their order, with their names in Python and in JavaScript. Requests reach native code, and
 * results leave it, as plain sequences in this order; the facades give them their classes.
 *
 * A row is FIELD(KIND, Python name, JavaScript name, member...). Kinds of both directions:
 *
 *   TEXT, OPTIONAL_TEXT (null: NULL)   BYTES (member and member_length)   INTEGER   BOOLEAN
 *
 * of requests:
 *
 *   CHANGE_JSON      member and member_json: omitted keeps, null clears, text sets
 *   CHANGE_DURATION  member and member_ms, likewise
 *   CHANGE_INSTANT   member_change and member, likewise
 *   GIVEN_TEXT       flag, member: omitted is not given; null is given, and NULL
 *   REVISION         null: SS_ANY_REVISION
 *   CODE             member, its enum type: the number of a constant (constants.h)
 *   DEFAULT_...      as the kind that follows; omitted: what the record's _init set
 *   CALLER           null, or a pair of actor and context (JSON), each of which may be null
 *   PROGRESS, WRITE  null, or a function; the member beside it takes its context
 *   KEYRING          null, or a keyring
 *   SIZE             a number of bytes
 *   POLICY           null, or a pair of a name and a text
 *
 * and of results:
 *
 *   INSTANT     null for SS_NO_EXPIRY
 *   EMPTY_TEXT  null for the empty text
 *   REASON      null for SS_OK, else the status's name
 *   NAME        member, the function that names its constants
 *   ITEMS       member, the member that counts them, the type of an item: a list of records
 *   OPERATIONS  of statistics: a list of records, in the order of ss_operation
 *   VALUE_TEXT  as BYTES, but must be UTF-8 */
#ifndef BINDINGS_RECORDS_H
#define BINDINGS_RECORDS_H

#include "constants.h"
#include "open_options.h"
#include "secretstore/secretstore.h"

/* clang-format off */

/* ---- Requests ------------------------------------------------------------------------------ */

#define SS_PUT_REQUEST_FIELDS(FIELD)                                   \
  FIELD(OPTIONAL_TEXT, "namespace", "namespace", namespace_name)       \
  FIELD(TEXT, "name", "name", name)                                    \
  FIELD(BYTES, "value", "value", value)                                \
  FIELD(CHANGE_JSON, "metadata", "metadata", metadata)                 \
  FIELD(CHANGE_DURATION, "ttl_ms", "ttlMs", ttl)                       \
  FIELD(REVISION, "if_revision", "ifRevision", if_revision)            \
  FIELD(CALLER, "caller", "caller", caller)

#define SS_GET_REQUEST_FIELDS(FIELD)                                   \
  FIELD(OPTIONAL_TEXT, "namespace", "namespace", namespace_name)       \
  FIELD(TEXT, "name", "name", name)                                    \
  FIELD(CALLER, "caller", "caller", caller)

#define SS_UPDATE_REQUEST_FIELDS(FIELD)                                \
  FIELD(OPTIONAL_TEXT, "namespace", "namespace", namespace_name)       \
  FIELD(TEXT, "name", "name", name)                                    \
  FIELD(CHANGE_JSON, "metadata", "metadata", metadata)                 \
  FIELD(CHANGE_INSTANT, "expires_at", "expiresAt", expires_at)         \
  FIELD(CHANGE_DURATION, "ttl_ms", "ttlMs", ttl)                       \
  FIELD(REVISION, "if_revision", "ifRevision", if_revision)            \
  FIELD(CALLER, "caller", "caller", caller)

#define SS_REMOVE_REQUEST_FIELDS(FIELD)                                \
  FIELD(OPTIONAL_TEXT, "namespace", "namespace", namespace_name)       \
  FIELD(TEXT, "name", "name", name)                                    \
  FIELD(REVISION, "if_revision", "ifRevision", if_revision)            \
  FIELD(DEFAULT_BOOLEAN, "purge", "purge", purge)                      \
  FIELD(CALLER, "caller", "caller", caller)

#define SS_LIST_REQUEST_FIELDS(FIELD)                                  \
  FIELD(OPTIONAL_TEXT, "namespace", "namespace", namespace_name)       \
  FIELD(DEFAULT_CODE, "order", "order", order, ss_order)               \
  FIELD(DEFAULT_INTEGER, "num_items", "numItems", num_items)           \
  FIELD(OPTIONAL_TEXT, "cursor", "cursor", cursor)                     \
  FIELD(CALLER, "caller", "caller", caller)

#define SS_NAMESPACES_REQUEST_FIELDS(FIELD)                            \
  FIELD(DEFAULT_INTEGER, "num_items", "numItems", num_items)           \
  FIELD(OPTIONAL_TEXT, "cursor", "cursor", cursor)                     \
  FIELD(CALLER, "caller", "caller", caller)

#define SS_EVENTS_REQUEST_FIELDS(FIELD)                                \
  FIELD(GIVEN_TEXT, "namespace", "namespace", namespace_given, namespace_name) \
  FIELD(OPTIONAL_TEXT, "name", "name", name)                           \
  FIELD(DEFAULT_CODE, "type", "type", type, ss_event_type)             \
  FIELD(OPTIONAL_TEXT, "secret_id", "secretId", secret_id)             \
  FIELD(DEFAULT_BOOLEAN, "store_log", "storeLog", store_log)           \
  FIELD(DEFAULT_CODE, "order", "order", order, ss_order)               \
  FIELD(DEFAULT_INTEGER, "num_items", "numItems", num_items)           \
  FIELD(OPTIONAL_TEXT, "cursor", "cursor", cursor)                     \
  FIELD(CALLER, "caller", "caller", caller)

#define SS_ROTATE_REQUEST_FIELDS(FIELD)                                \
  FIELD(INTEGER, "from_version", "fromVersion", from_version)          \
  FIELD(DEFAULT_INTEGER, "batch_size", "batchSize", batch_size)        \
  FIELD(OPTIONAL_TEXT, "cursor", "cursor", cursor)                     \
  FIELD(CALLER, "caller", "caller", caller)

#define SS_RETIRE_REQUEST_FIELDS(FIELD)                                \
  FIELD(INTEGER, "version", "version", version)                        \
  FIELD(DEFAULT_BOOLEAN, "abandon", "abandon", abandon)                \
  FIELD(CALLER, "caller", "caller", caller)

/* Of the settings that are kept in a store. */
#define SS_SETTINGS_REQUEST_FIELDS(FIELD)                              \
  FIELD(CHANGE_DURATION, "events_min_retention_ms", "eventsMinRetentionMs", events_min_retention) \
  FIELD(CALLER, "caller", "caller", caller)

#define SS_VERIFY_REQUEST_FIELDS(FIELD)                                \
  FIELD(OPTIONAL_TEXT, "expected_head", "expectedHead", expected_head) \
  FIELD(PROGRESS, "progress", "progress", progress, progress_context)

#define SS_ACCEPT_REQUEST_FIELDS(FIELD)                                \
  FIELD(OPTIONAL_TEXT, "namespace", "namespace", namespace_name)       \
  FIELD(CALLER, "caller", "caller", caller)

#define SS_BACKUP_REQUEST_FIELDS(FIELD)                                \
  FIELD(TEXT, "path", "path", path)                                    \
  FIELD(DEFAULT_BOOLEAN, "overwrite", "overwrite", overwrite)          \
  FIELD(DEFAULT_BOOLEAN, "unverified", "unverified", unverified)       \
  FIELD(PROGRESS, "progress", "progress", progress, progress_context)

#define SS_IMPORT_REQUEST_FIELDS(FIELD)                                \
  FIELD(BYTES, "text", "text", text)                                   \
  FIELD(KEYRING, "source_keys", "sourceKeys", source_keys)             \
  FIELD(DEFAULT_CODE, "existing", "existing", existing, ss_existing)   \
  FIELD(DEFAULT_BOOLEAN, "dry_run", "dryRun", dry_run)                 \
  FIELD(DEFAULT_BOOLEAN, "partial", "partial", partial)                \
  FIELD(CALLER, "caller", "caller", caller)

#define SS_EXPORT_REQUEST_FIELDS(FIELD)                                \
  FIELD(DEFAULT_CODE, "format", "format", format, ss_export_format)    \
  FIELD(GIVEN_TEXT, "namespace", "namespace", namespace_given, namespace_name) \
  FIELD(KEYRING, "target_keys", "targetKeys", target_keys)             \
  FIELD(DEFAULT_BOOLEAN, "skip_failed", "skipFailed", skip_failed)     \
  FIELD(WRITE, "write", "write", write, write_context)                 \
  FIELD(CALLER, "caller", "caller", caller)

/* What a store is opened with. The names in JavaScript are paths into the object of options. */
#define SS_OPEN_OPTIONS_FIELDS(FIELD)                                  \
  FIELD(POLICY, "policy", "policy", policy)                            \
  FIELD(OPTIONAL_TEXT, "policy_hash", "policyHash", policy_hash)       \
  FIELD(DEFAULT_SIZE, "policy_memory_bytes", "policyLimits.memoryBytes", policy_memory_bytes) \
  FIELD(DEFAULT_INTEGER, "policy_instructions", "policyLimits.instructions", policy_instructions) \
  FIELD(DEFAULT_INTEGER, "policy_deadline_ms", "policyLimits.deadlineMs", policy_deadline_ms) \
  FIELD(CHANGE_DURATION, "default_ttl_ms", "defaults.ttlMs", default_ttl) \
  FIELD(DEFAULT_SIZE, "max_value_bytes", "maxValueBytes", max_value_bytes) \
  FIELD(DEFAULT_CODE, "durability", "durability", durability, ss_durability) \
  FIELD(DEFAULT_INTEGER, "busy_timeout_ms", "busyTimeoutMs", busy_timeout_ms) \
  FIELD(DEFAULT_BOOLEAN, "create", "create", create)                   \
  FIELD(DEFAULT_BOOLEAN, "allow_group", "allowGroup", allow_group)     \
  FIELD(CHANGE_DURATION, "maintenance_interval_ms", "maintenance.intervalMs", maintenance_interval) \
  FIELD(DEFAULT_INTEGER, "drain_after_ms", "maintenance.drainAfterMs", drain_after_ms) \
  FIELD(DEFAULT_INTEGER, "secret_retention_ms", "retention.secretMs", secret_retention_ms) \
  FIELD(DEFAULT_INTEGER, "event_retention_ms", "retention.eventMs", event_retention_ms) \
  FIELD(DEFAULT_INTEGER, "least_epoch", "leastEpoch", least_epoch)     \
  FIELD(OPTIONAL_TEXT, "anchor", "anchor", anchor)                     \
  FIELD(DEFAULT_CODE, "reads", "reads", reads, ss_reads)

#define SS_REQUESTS(REQUEST)                                           \
  REQUEST(ss_put_request, SS_PUT_REQUEST_FIELDS)                       \
  REQUEST(ss_get_request, SS_GET_REQUEST_FIELDS)                       \
  REQUEST(ss_update_request, SS_UPDATE_REQUEST_FIELDS)                 \
  REQUEST(ss_remove_request, SS_REMOVE_REQUEST_FIELDS)                 \
  REQUEST(ss_list_request, SS_LIST_REQUEST_FIELDS)                     \
  REQUEST(ss_namespaces_request, SS_NAMESPACES_REQUEST_FIELDS)         \
  REQUEST(ss_events_request, SS_EVENTS_REQUEST_FIELDS)                 \
  REQUEST(ss_rotate_request, SS_ROTATE_REQUEST_FIELDS)                 \
  REQUEST(ss_retire_request, SS_RETIRE_REQUEST_FIELDS)                 \
  REQUEST(ss_settings_request, SS_SETTINGS_REQUEST_FIELDS)             \
  REQUEST(ss_verify_request, SS_VERIFY_REQUEST_FIELDS)                 \
  REQUEST(ss_accept_request, SS_ACCEPT_REQUEST_FIELDS)                 \
  REQUEST(ss_backup_request, SS_BACKUP_REQUEST_FIELDS)                 \
  REQUEST(ss_import_request, SS_IMPORT_REQUEST_FIELDS)                 \
  REQUEST(ss_export_request, SS_EXPORT_REQUEST_FIELDS)                 \
  REQUEST(ss_open_options, SS_OPEN_OPTIONS_FIELDS)

/* ---- Results ------------------------------------------------------------------------------- */

#define SS_PUT_RESULT_FIELDS(FIELD)                                    \
  FIELD(TEXT, "secret_id", "secretId", secret_id)                      \
  FIELD(INTEGER, "created_at", "createdAt", created_at)                \
  FIELD(INTEGER, "updated_at", "updatedAt", updated_at)                \
  FIELD(INSTANT, "expires_at", "expiresAt", expires_at)                \
  FIELD(INTEGER, "revision", "revision", revision)                     \
  FIELD(BOOLEAN, "is_new", "isNew", is_new)

#define SS_GET_RESULT_FIELDS_WITH(FIELD, VALUE_KIND)                   \
  FIELD(REASON, "reason", "reason", reason)                            \
  FIELD(VALUE_KIND, "value", "value", value)                           \
  FIELD(OPTIONAL_TEXT, "metadata", "metadata", metadata_json)          \
  FIELD(INSTANT, "expires_at", "expiresAt", expires_at)                \
  FIELD(INTEGER, "created_at", "createdAt", created_at)                \
  FIELD(INTEGER, "updated_at", "updatedAt", updated_at)                \
  FIELD(INTEGER, "revision", "revision", revision)                     \
  FIELD(INTEGER, "key_version", "keyVersion", key_version)
#define SS_GET_RESULT_FIELDS(FIELD) SS_GET_RESULT_FIELDS_WITH(FIELD, BYTES)
#define SS_GET_TEXT_RESULT_FIELDS(FIELD) SS_GET_RESULT_FIELDS_WITH(FIELD, VALUE_TEXT)

#define SS_UPDATE_RESULT_FIELDS(FIELD)                                 \
  FIELD(BOOLEAN, "updated", "updated", updated)                        \
  FIELD(INTEGER, "updated_at", "updatedAt", updated_at)                \
  FIELD(INSTANT, "expires_at", "expiresAt", expires_at)                \
  FIELD(INTEGER, "revision", "revision", revision)

#define SS_SECRET_INFO_FIELDS(FIELD)                                   \
  FIELD(TEXT, "secret_id", "secretId", secret_id)                      \
  FIELD(OPTIONAL_TEXT, "namespace", "namespace", namespace_name)       \
  FIELD(TEXT, "name", "name", name)                                    \
  FIELD(OPTIONAL_TEXT, "metadata", "metadata", metadata_json)          \
  FIELD(INTEGER, "created_at", "createdAt", created_at)                \
  FIELD(INTEGER, "updated_at", "updatedAt", updated_at)                \
  FIELD(INSTANT, "expires_at", "expiresAt", expires_at)                \
  FIELD(BOOLEAN, "is_expired", "isExpired", is_expired)                \
  FIELD(INTEGER, "key_version", "keyVersion", key_version)             \
  FIELD(INTEGER, "revision", "revision", revision)

#define SS_PAGE_FIELDS(FIELD, ITEM_TYPE)                               \
  FIELD(ITEMS, "page", "page", items, count, ITEM_TYPE)                \
  FIELD(BOOLEAN, "is_done", "isDone", is_done)                         \
  FIELD(OPTIONAL_TEXT, "continue_cursor", "continueCursor", continue_cursor)
#define SS_SECRET_PAGE_FIELDS(FIELD) SS_PAGE_FIELDS(FIELD, ss_secret_info)

#define SS_NAMESPACE_INFO_FIELDS(FIELD)                                \
  FIELD(OPTIONAL_TEXT, "namespace", "namespace", namespace_name)       \
  FIELD(INTEGER, "secret_count", "secretCount", secret_count)
#define SS_NAMESPACE_PAGE_FIELDS(FIELD) SS_PAGE_FIELDS(FIELD, ss_namespace_info)

#define SS_EVENT_FIELDS(FIELD)                                         \
  FIELD(TEXT, "event_id", "eventId", event_id)                         \
  FIELD(EMPTY_TEXT, "secret_id", "secretId", secret_id)                \
  FIELD(OPTIONAL_TEXT, "namespace", "namespace", namespace_name)       \
  FIELD(OPTIONAL_TEXT, "name", "name", name)                           \
  FIELD(NAME, "type", "type", type, ss_event_type_name)                \
  FIELD(INTEGER, "sequence", "sequence", sequence)                     \
  FIELD(OPTIONAL_TEXT, "actor", "actor", actor)                        \
  FIELD(OPTIONAL_TEXT, "metadata", "metadata", metadata_json)          \
  FIELD(INTEGER, "created_at", "createdAt", created_at)
#define SS_EVENT_PAGE_FIELDS(FIELD) SS_PAGE_FIELDS(FIELD, ss_event)

#define SS_ROTATE_RESULT_FIELDS(FIELD)                                 \
  FIELD(INTEGER, "from_version", "fromVersion", from_version)          \
  FIELD(INTEGER, "to_version", "toVersion", to_version)                \
  FIELD(INTEGER, "processed", "processed", processed)                  \
  FIELD(INTEGER, "rotated", "rotated", rotated)                        \
  FIELD(INTEGER, "skipped", "skipped", skipped)                        \
  FIELD(INTEGER, "failed", "failed", failed)                           \
  FIELD(BOOLEAN, "is_done", "isDone", is_done)                         \
  FIELD(EMPTY_TEXT, "continue_cursor", "continueCursor", continue_cursor)

#define SS_ROTATE_ALL_RESULT_FIELDS(FIELD)                             \
  FIELD(INTEGER, "rotated", "rotated", rotated)                        \
  FIELD(INTEGER, "failed", "failed", failed)                           \
  FIELD(BOOLEAN, "is_done", "isDone", is_done)

#define SS_KEY_INFO_FIELDS(FIELD)                                      \
  FIELD(INTEGER, "version", "version", version)                        \
  FIELD(NAME, "state", "state", state, ss_key_state_name)              \
  FIELD(BOOLEAN, "is_active", "isActive", is_active)                   \
  FIELD(BOOLEAN, "is_configured", "isConfigured", is_configured)       \
  FIELD(BOOLEAN, "is_safe_to_remove", "isSafeToRemove", is_safe_to_remove) \
  FIELD(INTEGER, "secret_count", "secretCount", secret_count)          \
  FIELD(INTEGER, "wraps_used", "wrapsUsed", wraps_used)                \
  FIELD(INSTANT, "first_seen_at", "firstSeenAt", first_seen_at)
#define SS_ROTATION_STATUS_FIELDS(FIELD)                               \
  FIELD(ITEMS, "keys", "keys", keys, count, ss_key_info)               \
  FIELD(BOOLEAN, "is_complete", "isComplete", is_complete)             \
  FIELD(INTEGER, "unavailable_count", "unavailableCount", unavailable_count)

#define SS_RETIRE_RESULT_FIELDS(FIELD)                                 \
  FIELD(INTEGER, "epoch", "epoch", epoch)                              \
  FIELD(INTEGER, "namespaces", "namespaces", namespaces)               \
  FIELD(INTEGER, "faulty", "faulty", faulty)

#define SS_STORE_SETTINGS_FIELDS(FIELD)                                \
  FIELD(INTEGER, "events_min_retention_ms", "eventsMinRetentionMs", events_min_retention_ms)

#define SS_CLEANUP_RESULT_FIELDS(FIELD)                                \
  FIELD(INTEGER, "deleted", "deleted", deleted)                        \
  FIELD(BOOLEAN, "is_done", "isDone", is_done)

#define SS_FAULT_FIELDS(FIELD)                                         \
  FIELD(NAME, "kind", "kind", kind, ss_fault_kind_name)                \
  FIELD(OPTIONAL_TEXT, "namespace", "namespace", namespace_name)       \
  FIELD(OPTIONAL_TEXT, "name", "name", name)                           \
  FIELD(INTEGER, "sequence", "sequence", sequence)                     \
  FIELD(TEXT, "message", "message", message)
#define SS_VERIFY_REPORT_FIELDS(FIELD)                                 \
  FIELD(NAME, "verdict", "verdict", verdict, ss_verdict_name)          \
  FIELD(BOOLEAN, "is_intact", "isIntact", is_intact)                   \
  FIELD(INTEGER, "namespaces_checked", "namespacesChecked", namespaces_checked) \
  FIELD(INTEGER, "events_checked", "eventsChecked", events_checked)    \
  FIELD(INTEGER, "store_events_checked", "storeEventsChecked", store_events_checked) \
  FIELD(INTEGER, "rows_checked", "rowsChecked", rows_checked)          \
  FIELD(INTEGER, "rows_uncheckable", "rowsUncheckable", rows_uncheckable) \
  FIELD(INTEGER, "heads_compared", "headsCompared", heads_compared)    \
  FIELD(INTEGER, "heads_pruned", "headsPruned", heads_pruned)          \
  FIELD(OPTIONAL_TEXT, "unprovable_reason", "unprovableReason", unprovable_reason) \
  FIELD(INTEGER, "acceptances", "acceptances", acceptances)            \
  FIELD(INTEGER, "faults_accepted", "faultsAccepted", faults_accepted) \
  FIELD(INTEGER, "seal_acceptances", "sealAcceptances", seal_acceptances) \
  FIELD(INSTANT, "last_accepted_at", "lastAcceptedAt", last_accepted_at) \
  FIELD(INTEGER, "fault_count", "faultCount", fault_count)             \
  FIELD(ITEMS, "faults", "faults", faults, faults_described, ss_fault)

#define SS_ACCEPT_RESULT_FIELDS(FIELD)                                 \
  FIELD(INTEGER, "rows", "rows", rows)                                 \
  FIELD(INTEGER, "faults", "faults", faults)                           \
  FIELD(INTEGER, "sequence", "sequence", sequence)

#define SS_ANCHOR_FIELDS(FIELD)                                        \
  FIELD(TEXT, "text", "text", text)                                    \
  FIELD(INTEGER, "made_at", "madeAt", made_at)

#define SS_AUDIT_HEAD_FIELDS(FIELD)                                    \
  FIELD(TEXT, "text", "text", text)                                    \
  FIELD(INTEGER, "made_at", "madeAt", made_at)                         \
  FIELD(INTEGER, "namespace_count", "namespaceCount", namespace_count)

#define SS_TRANSFER_FAULT_FIELDS(FIELD)                                \
  FIELD(INTEGER, "line", "line", line)                                 \
  FIELD(OPTIONAL_TEXT, "namespace", "namespace", namespace_name)       \
  FIELD(OPTIONAL_TEXT, "name", "name", name)                           \
  FIELD(NAME, "code", "code", code, ss_status_name)                    \
  FIELD(TEXT, "message", "message", message)
#define SS_IMPORT_REPORT_FIELDS(FIELD)                                 \
  FIELD(BOOLEAN, "is_stored", "isStored", is_stored)                   \
  FIELD(INTEGER, "imported", "imported", imported)                     \
  FIELD(INTEGER, "replaced", "replaced", replaced)                     \
  FIELD(INTEGER, "skipped", "skipped", skipped)                        \
  FIELD(INTEGER, "refused", "refused", refused)                        \
  FIELD(ITEMS, "faults", "faults", faults, faults_described, ss_transfer_fault)
#define SS_EXPORT_REPORT_FIELDS(FIELD)                                 \
  FIELD(INTEGER, "exported", "exported", exported)                     \
  FIELD(INTEGER, "failed", "failed", failed)                           \
  FIELD(ITEMS, "faults", "faults", faults, faults_described, ss_transfer_fault)

#define SS_POLICY_REFUSAL_FIELDS(FIELD)                                \
  FIELD(OPTIONAL_TEXT, "namespace", "namespace", namespace_name)       \
  FIELD(TEXT, "name", "name", name)                                    \
  FIELD(INTEGER, "sequence", "sequence", sequence)                     \
  FIELD(TEXT, "operation", "operation", operation)                     \
  FIELD(OPTIONAL_TEXT, "actor", "actor", actor)                        \
  FIELD(NAME, "code", "code", code, ss_status_name)                    \
  FIELD(TEXT, "message", "message", message)
#define SS_POLICY_TRIAL_FIELDS(FIELD)                                  \
  FIELD(INTEGER, "secrets_tried", "secretsTried", secrets_tried)       \
  FIELD(INTEGER, "events_tried", "eventsTried", events_tried)          \
  FIELD(INTEGER, "refused", "refused", refused)

#define SS_OPERATION_STATS_FIELDS(FIELD)                               \
  FIELD(INTEGER, "calls", "calls", calls)                              \
  FIELD(INTEGER, "failures", "failures", failures)                     \
  FIELD(INTEGER, "total_ns", "totalNs", total_ns)                      \
  FIELD(INTEGER, "longest_ns", "longestNs", longest_ns)
#define SS_STATS_FIELDS(FIELD)                                         \
  FIELD(INTEGER, "namespace_count", "namespaceCount", namespace_count) \
  FIELD(INTEGER, "secret_count", "secretCount", secret_count)          \
  FIELD(INTEGER, "event_count", "eventCount", event_count)             \
  FIELD(INTEGER, "file_bytes", "fileBytes", file_bytes)                \
  FIELD(INTEGER, "free_bytes", "freeBytes", free_bytes)                \
  FIELD(INTEGER, "log_bytes", "logBytes", log_bytes)                   \
  FIELD(OPERATIONS, "operations", "operations", operations)

/* Those that stand in others come before them. */
#define SS_RESULTS(RESULT)                                             \
  RESULT(ss_put_result, SS_PUT_RESULT_FIELDS)                          \
  RESULT(ss_get_result, SS_GET_RESULT_FIELDS)                          \
  RESULT(ss_get_text_result, SS_GET_TEXT_RESULT_FIELDS)                \
  RESULT(ss_update_result, SS_UPDATE_RESULT_FIELDS)                    \
  RESULT(ss_secret_info, SS_SECRET_INFO_FIELDS)                        \
  RESULT(ss_secret_page, SS_SECRET_PAGE_FIELDS)                        \
  RESULT(ss_namespace_info, SS_NAMESPACE_INFO_FIELDS)                  \
  RESULT(ss_namespace_page, SS_NAMESPACE_PAGE_FIELDS)                  \
  RESULT(ss_event, SS_EVENT_FIELDS)                                    \
  RESULT(ss_event_page, SS_EVENT_PAGE_FIELDS)                          \
  RESULT(ss_rotate_result, SS_ROTATE_RESULT_FIELDS)                    \
  RESULT(ss_rotate_all_result, SS_ROTATE_ALL_RESULT_FIELDS)            \
  RESULT(ss_key_info, SS_KEY_INFO_FIELDS)                              \
  RESULT(ss_rotation_status, SS_ROTATION_STATUS_FIELDS)                \
  RESULT(ss_retire_result, SS_RETIRE_RESULT_FIELDS)                    \
  RESULT(ss_store_settings, SS_STORE_SETTINGS_FIELDS)                  \
  RESULT(ss_cleanup_result, SS_CLEANUP_RESULT_FIELDS)                  \
  RESULT(ss_fault, SS_FAULT_FIELDS)                                    \
  RESULT(ss_verify_report, SS_VERIFY_REPORT_FIELDS)                    \
  RESULT(ss_accept_result, SS_ACCEPT_RESULT_FIELDS)                    \
  RESULT(ss_anchor, SS_ANCHOR_FIELDS)                                  \
  RESULT(ss_audit_head, SS_AUDIT_HEAD_FIELDS)                          \
  RESULT(ss_transfer_fault, SS_TRANSFER_FAULT_FIELDS)                  \
  RESULT(ss_import_report, SS_IMPORT_REPORT_FIELDS)                    \
  RESULT(ss_export_report, SS_EXPORT_REPORT_FIELDS)                    \
  RESULT(ss_policy_refusal, SS_POLICY_REFUSAL_FIELDS)                  \
  RESULT(ss_policy_trial, SS_POLICY_TRIAL_FIELDS)                      \
  RESULT(ss_operation_stats, SS_OPERATION_STATS_FIELDS)                \
  RESULT(ss_stats, SS_STATS_FIELDS)

/* clang-format on */

/* ---- Values as text ------------------------------------------------------------------------ */

#ifndef SWIG

/* The same struct under a name of its own: its value goes to the host as text, at once, and not by
 * way of bytes that nobody wipes. */
typedef ss_get_result ss_get_text_result;

static inline void ss_get_text_result_clear(ss_get_text_result *result) {
  ss_get_result_clear(result);
}

#endif

#endif
