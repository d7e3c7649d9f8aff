/* The storage operations of the SQLite back end, by what they touch; storage.c puts them into the
 * operations table. Their contracts are in storage.h. */
#ifndef STORAGE_SQLITE_OPERATIONS_H
#define STORAGE_SQLITE_OPERATIONS_H

#include "storage/sqlite/connection.h"

static inline sqlite_connection *connection_of(storage_session *session) {
  return (sqlite_connection *)session;
}

/* leases.c */
ss_status sqlite_take_lease(storage *of, text_view name,
                            const unsigned char holder[STORAGE_LEASE_HOLDER_BYTES], int64_t ms,
                            bool *taken, ss_error *error);

ss_status sqlite_return_lease(storage *of, text_view name,
                              const unsigned char holder[STORAGE_LEASE_HOLDER_BYTES],
                              ss_error *error);

/* root.c: the rows of which there is one */
ss_status sqlite_load_root(storage_session *session, stored_root *root, seal_record *seal,
                           bool *found, ss_error *error);
ss_status sqlite_save_root(storage_session *session, const stored_root *root, ss_error *error);
ss_status sqlite_save_seal(storage_session *session, const seal_record *seal, ss_error *error);
ss_status sqlite_load_required_policy(storage_session *session, text_view *text, bool *found,
                                      ss_error *error);
ss_status sqlite_save_required_policy(storage_session *session, text_view text, ss_error *error);

/* keys.c: how many wraps of each KEK version were taken out */
ss_status sqlite_reserve_wraps(storage *of, storage_session *within, const wrap_request *request,
                               wrap_grant *grant, ss_error *error);
ss_status sqlite_find_kek(storage_session *session, int64_t version, kek_record *kek, bool *found,
                          ss_error *error);
ss_status sqlite_visit_keks(storage_session *session, kek_visitor visitor, void *context,
                            ss_error *error);

/* store_log.c */
ss_status sqlite_insert_store_event(storage_session *session, const store_event_record *event,
                                    ss_error *error);
ss_status sqlite_visit_store_events(storage_session *session, const store_events_query *query,
                                    store_event_visitor visitor, void *context, ss_error *error);

/* namespaces.c */
ss_status sqlite_find_namespace(storage_session *session, text_view name, int64_t *id, bool *found,
                                ss_error *error);
ss_status sqlite_lock_namespace(storage_session *session, const namespace_lock *lock,
                                namespace_record *record, bool *found, ss_error *error);
ss_status sqlite_load_namespace(storage_session *session, text_view name, namespace_record *record,
                                bool *found, ss_error *error);
ss_status sqlite_save_namespace(storage_session *session, const namespace_record *record,
                                ss_error *error);
ss_status sqlite_visit_namespaces(storage_session *session, const namespaces_query *query,
                                  namespace_visitor visitor, void *context, ss_error *error);
ss_status sqlite_find_namespace_name(storage_session *session, int64_t namespace_id,
                                     text_view *name, bool *found, ss_error *error);

/* secrets.c */
enum { SECRET_HEADER_COLUMN_COUNT = 14 };
/* The columns of a row without its value, from the first one on. */
void read_secret_header(sqlite3_stmt *statement, int first, secret_record *secret);
ss_status sqlite_look_up_secret(storage_session *session, text_view namespace_name, text_view name,
                                secret_part part, secret_record *secret, bool *found,
                                ss_error *error);
ss_status sqlite_find_secret(storage_session *session, int64_t namespace_id, text_view name,
                             secret_record *secret, bool *found, ss_error *error);
ss_status sqlite_find_secret_header(storage_session *session, int64_t namespace_id, text_view name,
                                    secret_record *secret, bool *found, ss_error *error);
ss_status sqlite_next_secret_id(storage_session *session, int64_t *id, ss_error *error);
ss_status sqlite_insert_secret(storage_session *session, const secret_record *secret,
                               ss_error *error);
ss_status sqlite_replace_secret(storage_session *session, const secret_record *secret,
                                ss_error *error);
ss_status sqlite_rewrap_secret(storage_session *session, const secret_record *secret,
                               ss_error *error);
ss_status sqlite_delete_secret(storage_session *session, const secret_record *secret,
                               ss_error *error);
ss_status sqlite_visit_secrets(storage_session *session, const secrets_query *query,
                               secret_visitor visitor, void *context, ss_error *error);
ss_status sqlite_visit_secrets_of_key(storage_session *session, int64_t key_version,
                                      int64_t after_id, int64_t limit, secret_visitor visitor,
                                      void *context, ss_error *error);
ss_status sqlite_visit_expired_secrets(storage_session *session, int64_t before, int64_t limit,
                                       secret_visitor visitor, void *context, ss_error *error);
ss_status sqlite_forget_former_secret(storage_session *session, int64_t secret_id, ss_error *error);
ss_status sqlite_count_secrets_by_key(storage_session *session, key_count_visitor visitor,
                                      void *context, ss_error *error);
ss_status sqlite_find_secret_namespace(storage_session *session, int64_t secret_id,
                                       int64_t *namespace_id, bool *found, ss_error *error);

/* rows.c */
ss_status sqlite_visit_rows(storage_session *session, const rows_query *query, row_visitor visitor,
                            void *context, ss_error *error);
ss_status sqlite_visit_former_secrets(storage_session *session, int64_t after_id, int64_t limit,
                                      former_secret_visitor visitor, void *context,
                                      ss_error *error);

/* medium.c */
ss_status sqlite_has_moved(storage_session *session, bool *moved, ss_error *error);
void sqlite_doubt(storage_session *session);
/* Whether a line of SQLite's own check tells of a failure while checking (status), not of a fault. */
bool sqlite_check_went_wrong(text_view fault, ss_status *status);
ss_status sqlite_check_medium(storage_session *snapshot, fault_visitor visitor, void *context,
                              ss_error *error);

/* sizes.c */
ss_status sqlite_count_bytes(storage_session *session, storage_bytes *bytes, ss_error *error);
ss_status sqlite_measure(storage_session *session, storage_totals *totals, ss_error *error);

/* copy.c */
ss_status sqlite_backup(storage_session *snapshot, const storage_copy *request, bool *stopped,
                        ss_error *error);

/* events.c */
ss_status sqlite_insert_event(storage_session *session, const event_record *event, ss_error *error);
ss_status sqlite_find_last_event(storage_session *session, int64_t secret_id, event_record *event,
                                 byte_view *previous_mac, bool *found, ss_error *error);
ss_status sqlite_count_events(storage_session *session, int64_t namespace_id, int64_t *count,
                              ss_error *error);
ss_status sqlite_drop_events(storage_session *session, int64_t namespace_id, ss_error *error);
ss_status sqlite_delete_events(storage_session *session, int64_t namespace_id,
                               int64_t up_to_sequence, ss_error *error);
ss_status sqlite_visit_events(storage_session *session, const events_query *query,
                              event_visitor visitor, void *context, ss_error *error);

#endif
