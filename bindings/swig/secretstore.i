/* The interface that SWIG turns into the native modules of Python and Node: flat functions, opaque
 * handles, no classes. What it generates is private; the facades in python/ and node/ are the API.
 *
 * It says nothing of any language: the file of typemaps for each says how the types below cross
 * over. What callbacks need to live as long as a store differs too much between hosts: opening a
 * store is declared there. */
%module secretstore
%{
#include "records.h"
#include "secretstore/secretstore.h"
%}

%include <stdint.i>

#if defined(SWIGPYTHON)
%include "python_typemaps.i"
#elif defined(SWIGJAVASCRIPT)
%include "node_typemaps.i"
#else
#error "expected Python or JavaScript"
#endif

%rename("%(strip:[ss_])s") "";
%rename(import_rows) ss_import; /* a keyword of both languages */
%rename(export_rows) ss_export;

/* ---- Types, by what becomes of them --------------------------------------------------------- */

%request(ss_put_request)
%request(ss_get_request)
%request(ss_update_request)
%request(ss_remove_request)
%request(ss_list_request)
%request(ss_namespaces_request)
%request(ss_events_request)
%request(ss_rotate_request)
%request(ss_verify_request)
%request(ss_backup_request)
%request(ss_import_request)
%request(ss_export_request)

/* Results of plain memory, and those that have a _clear function. */
%plain_result(ss_put_result)
%plain_result(ss_update_result)
%plain_result(ss_rotate_result)
%plain_result(ss_rotate_all_result)
%plain_result(ss_cleanup_result)
%plain_result(ss_policy_trial)
%plain_result(ss_stats)
%owned_result(ss_get_result)
%owned_result(ss_get_text_result)
%owned_result(ss_secret_page)
%owned_result(ss_namespace_page)
%owned_result(ss_event_page)
%owned_result(ss_rotation_status)
%owned_result(ss_verify_report)
%owned_result(ss_audit_head)
%owned_result(ss_import_report)
%owned_result(ss_export_report)

/* ---- Functions ------------------------------------------------------------------------------ */

const char *ss_version_string(void);
const char *ss_operation_name(ss_operation operation);
ss_status ss_generate_key(char key[SS_KEY_TEXT_CAPACITY], ss_error *error);

ss_status ss_options_new(const char *path, ss_options **options, ss_error *error);
ss_status ss_options_add_key(ss_options *options, int64_t version, const char *key,
                             ss_error *error);
ss_status ss_options_set_default_ttl_ms(ss_options *options, int64_t default_ttl_ms,
                                        ss_error *error);
ss_status ss_options_set_max_value_bytes(ss_options *options, size_t max_value_bytes, ss_error *error);
ss_status ss_options_set_durability(ss_options *options, ss_durability durability,
                                    ss_error *error);
ss_status ss_options_set_busy_timeout_ms(ss_options *options, int64_t busy_timeout_ms,
                                         ss_error *error);
ss_status ss_options_set_create(ss_options *options, bool create, ss_error *error);
ss_status ss_options_set_maintenance(ss_options *options, bool enabled,
                                     int64_t maintenance_interval_ms, ss_error *error);
ss_status ss_options_set_retention_ms(ss_options *options, int64_t secret_retention_ms,
                                      int64_t event_retention_ms, ss_error *error);
ss_status ss_options_set_policy(ss_options *options, const ss_policy_source *source,
                                ss_error *error);
ss_status ss_options_set_policy_hash(ss_options *options, const char *hash, ss_error *error);
ss_status ss_options_set_policy_limits(ss_options *options, size_t policy_memory_bytes,
                                       int64_t policy_instructions, int64_t policy_deadline_ms,
                                       ss_error *error);

ss_status ss_keyring_new(ss_keyring **keyring, ss_error *error);
ss_status ss_keyring_add_key(ss_keyring *keyring, int64_t version, const char *key,
                             ss_error *error);

void ss_store_close(ss_store *store);

ss_status ss_put(ss_store *store, const ss_put_request *request, ss_put_result *result,
                 ss_error *error);
ss_status ss_put_batch(ss_store *store, const ss_put_request *requests, size_t count,
                       ss_put_result *results, ss_error *error);
ss_status ss_get(ss_store *store, const ss_get_request *request, ss_get_result *result,
                 ss_error *error);
ss_status ss_get_text(ss_store *store, const ss_get_request *request, ss_get_text_result *result,
                      ss_error *error);
ss_status ss_get_or_throw(ss_store *store, const ss_get_request *request, ss_get_result *result,
                          ss_error *error);
ss_status ss_get_text_or_throw(ss_store *store, const ss_get_request *request,
                               ss_get_text_result *result, ss_error *error);
ss_status ss_has(ss_store *store, const ss_get_request *request, bool *result, ss_error *error);
ss_status ss_update(ss_store *store, const ss_update_request *request, ss_update_result *result,
                    ss_error *error);
ss_status ss_remove(ss_store *store, const ss_remove_request *request, bool *result,
                    ss_error *error);
ss_status ss_list(ss_store *store, const ss_list_request *request, ss_secret_page *result,
                  ss_error *error);
ss_status ss_list_namespaces(ss_store *store, const ss_namespaces_request *request,
                             ss_namespace_page *result, ss_error *error);
ss_status ss_list_events(ss_store *store, const ss_events_request *request, ss_event_page *result,
                         ss_error *error);

ss_status ss_rotate_keys(ss_store *store, const ss_rotate_request *request,
                         ss_rotate_result *result, ss_error *error);
ss_status ss_rotate_all(ss_store *store, const ss_caller *caller, ss_progress_callback progress,
                        void *context, ss_rotate_all_result *result, ss_error *error);
ss_status ss_get_rotation_status(ss_store *store, ss_rotation_status *result, ss_error *error);
ss_status ss_cleanup_secrets(ss_store *store, int64_t retention_ms, const ss_caller *caller,
                             ss_cleanup_result *result, ss_error *error);
ss_status ss_cleanup_events(ss_store *store, int64_t retention_ms, const ss_caller *caller,
                            ss_cleanup_result *result, ss_error *error);
ss_status ss_maintenance_step(ss_store *store, bool *result, ss_error *error);

ss_status ss_verify(ss_store *store, const ss_verify_request *request, ss_verify_report *result,
                    ss_error *error);
ss_status ss_get_audit_head(ss_store *store, ss_audit_head *result, ss_error *error);
ss_status ss_backup(ss_store *store, const ss_backup_request *request, bool *result,
                    ss_error *error);
ss_status ss_import(ss_store *store, const ss_import_request *request, ss_import_report *result,
                    ss_error *error);
ss_status ss_export(ss_store *store, const ss_export_request *request, ss_export_report *result,
                    ss_error *error);
ss_status ss_get_stats(ss_store *store, ss_stats *result, ss_error *error);

ss_status ss_policy_reload(ss_store *store, const ss_policy_source *source, ss_error *error);
ss_status ss_get_policy_hash(ss_store *store, char hash[SS_POLICY_HASH_CAPACITY],
                             ss_error *error);
ss_status ss_policy_check(const ss_policy_source *source, ss_text *result, ss_error *error);
ss_status ss_policy_types(const ss_policy_source *source, const char *language, ss_text *result,
                          ss_error *error);
ss_status ss_policy_test(const ss_policy_source *source, const ss_policy_source *cases,
                         ss_policy_case_callback callback, void *context, ss_error *error);
ss_status ss_policy_try(ss_store *store, const ss_policy_source *source,
                        ss_policy_refusal_callback callback, void *context,
                        ss_policy_trial *result, ss_error *error);
