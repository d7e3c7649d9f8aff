/* What a back end is made of: a table of operations, whose contracts are those of the functions of
 * storage.h, and what its storages and sessions begin with. A new one gets a row in registry.c and
 * a runner of tests/c/storage/conformance. For back ends, and for storage.c, which is the only
 * caller of the table. */
#ifndef STORAGE_BACK_END_H
#define STORAGE_BACK_END_H

#include "base/cancellation.h"
#include "storage/storage.h"

typedef struct storage_operations {
  void (*close)(storage *storage);
  void (*after_fork)(storage *storage);
  ss_status (*begin_read)(storage *storage, storage_session **session, ss_error *error);
  ss_status (*begin_snapshot)(storage *storage, storage_session **session, ss_error *error);
  void (*end_read)(storage_session *session);
  ss_status (*begin_write)(storage *storage, storage_session **session, ss_error *error);
  ss_status (*commit)(storage_session *session, ss_error *error);
  void (*rollback)(storage_session *session);
  ss_status (*now)(storage_session *session, int64_t *now, ss_error *error);
  ss_status (*reserve_wraps)(storage *storage, storage_session *within, const wrap_request *request,
                             wrap_grant *grant, ss_error *error);
  ss_status (*take_lease)(storage *storage, text_view name,
                          const unsigned char holder[STORAGE_LEASE_HOLDER_BYTES], int64_t ms,
                          bool *taken, ss_error *error);
  ss_status (*return_lease)(storage *storage, text_view name,
                            const unsigned char holder[STORAGE_LEASE_HOLDER_BYTES],
                            ss_error *error);
  ss_status (*flush_log)(storage *storage, ss_error *error);
  ss_status (*lock_store)(storage_session *session, ss_error *error);
  ss_status (*has_moved)(storage_session *session, bool *moved, ss_error *error);
  void (*doubt)(storage_session *session);
  ss_status (*load_root)(storage_session *session, stored_root *root, seal_record *seal,
                         bool *found, ss_error *error);
  ss_status (*save_root)(storage_session *session, const stored_root *root, ss_error *error);
  ss_status (*save_seal)(storage_session *session, const seal_record *seal, ss_error *error);
  ss_status (*load_required_policy)(storage_session *session, text_view *text, bool *found,
                                    ss_error *error);
  ss_status (*save_required_policy)(storage_session *session, text_view text, ss_error *error);
  ss_status (*find_kek)(storage_session *session, int64_t version, kek_record *kek, bool *found,
                        ss_error *error);
  ss_status (*visit_keks)(storage_session *session, kek_visitor visitor, void *context,
                          ss_error *error);
  ss_status (*insert_store_event)(storage_session *session, const store_event_record *event,
                                  ss_error *error);
  ss_status (*visit_store_events)(storage_session *session, const store_events_query *query,
                                  store_event_visitor visitor, void *context, ss_error *error);
  ss_status (*find_namespace)(storage_session *session, text_view name, int64_t *id, bool *found,
                              ss_error *error);
  ss_status (*lock_namespace)(storage_session *session, const namespace_lock *lock,
                              namespace_record *record, bool *found, ss_error *error);
  ss_status (*load_namespace)(storage_session *session, text_view name, namespace_record *record,
                              bool *found, ss_error *error);
  ss_status (*save_namespace)(storage_session *session, const namespace_record *record,
                              ss_error *error);
  ss_status (*visit_namespaces)(storage_session *session, const namespaces_query *query,
                                namespace_visitor visitor, void *context, ss_error *error);
  ss_status (*look_up_secret)(storage_session *session, text_view namespace_name, text_view name,
                              secret_part part, secret_record *secret, bool *found,
                              ss_error *error);
  ss_status (*find_secret)(storage_session *session, int64_t namespace_id, text_view name,
                           secret_record *secret, bool *found, ss_error *error);
  ss_status (*find_secret_header)(storage_session *session, int64_t namespace_id, text_view name,
                                  secret_record *secret, bool *found, ss_error *error);
  ss_status (*next_secret_id)(storage_session *session, int64_t *id, ss_error *error);
  ss_status (*insert_secret)(storage_session *session, const secret_record *secret,
                             ss_error *error);
  ss_status (*replace_secret)(storage_session *session, const secret_record *secret,
                              ss_error *error);
  ss_status (*rewrap_secret)(storage_session *session, const secret_record *secret,
                             ss_error *error);
  ss_status (*delete_secret)(storage_session *session, const secret_record *secret,
                             ss_error *error);
  ss_status (*visit_secrets)(storage_session *session, const secrets_query *query,
                             secret_visitor visitor, void *context, ss_error *error);
  ss_status (*visit_rows)(storage_session *session, const rows_query *query, row_visitor visitor,
                          void *context, ss_error *error);
  ss_status (*visit_former_secrets)(storage_session *session, int64_t after_id, int64_t limit,
                                    former_secret_visitor visitor, void *context, ss_error *error);
  ss_status (*visit_secrets_of_key)(storage_session *session, int64_t key_version, int64_t after_id,
                                    int64_t limit, secret_visitor visitor, void *context,
                                    ss_error *error);
  ss_status (*visit_expired_secrets)(storage_session *session, int64_t before, int64_t limit,
                                     secret_visitor visitor, void *context, ss_error *error);
  ss_status (*count_secrets_by_key)(storage_session *session, key_count_visitor visitor,
                                    void *context, ss_error *error);
  ss_status (*find_secret_namespace)(storage_session *session, int64_t secret_id,
                                     int64_t *namespace_id, bool *found, ss_error *error);
  ss_status (*find_namespace_name)(storage_session *session, int64_t namespace_id, text_view *name,
                                   bool *found, ss_error *error);
  ss_status (*insert_event)(storage_session *session, const event_record *event, ss_error *error);
  ss_status (*find_last_event)(storage_session *session, int64_t secret_id, event_record *event,
                               byte_view *previous_mac, bool *found, ss_error *error);
  ss_status (*count_events)(storage_session *session, int64_t namespace_id, int64_t *count,
                            ss_error *error);
  ss_status (*drop_events)(storage_session *session, int64_t namespace_id, ss_error *error);
  ss_status (*delete_events)(storage_session *session, int64_t namespace_id, int64_t up_to_sequence,
                             ss_error *error);
  ss_status (*forget_former_secret)(storage_session *session, int64_t secret_id, ss_error *error);
  ss_status (*check_medium)(storage_session *snapshot, fault_visitor visitor, void *context,
                            ss_error *error);
  ss_status (*measure)(storage_session *session, storage_totals *totals, ss_error *error);
  ss_status (*visit_events)(storage_session *session, const events_query *query,
                            event_visitor visitor, void *context, ss_error *error);

  /* Those of storage_capability; NULL: the back end cannot do it. */
  ss_status (*count_bytes)(storage_session *session, storage_bytes *bytes, ss_error *error);
  ss_status (*backup)(storage_session *snapshot, const storage_copy *request, bool *stopped,
                      ss_error *error);
} storage_operations;

/* Stands in for the failure of an operation, where a test wants one; SS_OK: it goes on. */
typedef ss_status (*storage_fault)(void *context, const char *operation, ss_error *error);

struct storage {
  const storage_operations *operations;
  storage_fault fault; /* NULL but in tests */
  void *fault_context;
};

typedef enum session_kind { SESSION_READS, SESSION_SNAPSHOT, SESSION_WRITES } session_kind;

/* The back end sets its storage and cancellation; storage.c the rest. */
struct storage_session {
  storage *storage;
  const cancellation *cancellation;
  session_kind kind;
  bool has_failed; /* a write session of which only rollback may follow */
  bool locks_store;
};

#endif
