/* The store's own row and head, the KEK versions it knows, the wraps of its audit keys, leases. */
#include "base/status.h"
#include "storage/sqlite/operations.h"

ss_status sqlite_load_store(storage_session *session, store_record *store, bool *found,
                            ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_LOAD_STORE, &statement, error));
  GUARD(connection_step(connection, statement, found, "reading the store's row", error));
  if (!*found) return SS_OK;
  const bool intact = column_copy(statement, 0, store->store_id, STORAGE_STORE_ID_BYTES);
  store->created_at = sqlite3_column_int64(statement, 1);
  connection_end_loan(connection);
  return intact ? SS_OK : damaged_row("store", error);
}

ss_status sqlite_insert_store(storage_session *session, const store_record *store,
                              ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_INSERT_STORE, &statement, error));
  bind_bytes(statement, 1, store->store_id, sizeof store->store_id);
  bind_time(statement, 2, store->created_at);
  return connection_run(connection, statement, "writing the store's row", error);
}

static bool read_kek(sqlite3_stmt *statement, kek_record *kek) {
  return column_number(statement, 0, &kek->version) &&
         column_number(statement, 2, &kek->wraps_reserved) &&
         column_number(statement, 3, &kek->first_seen_at) &&
         column_copy(statement, 1, kek->check, sizeof kek->check);
}

ss_status sqlite_find_kek(storage_session *session, int64_t version, kek_record *kek, bool *found,
                          ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_FIND_KEK, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, version);
  GUARD(connection_step(connection, statement, found, "reading a key version", error));
  if (!*found) return SS_OK;
  const bool intact = read_kek(statement, kek);
  connection_end_loan(connection);
  return intact ? SS_OK : damaged_row("kek", error);
}

ss_status sqlite_save_kek(storage_session *session, const kek_record *kek, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_SAVE_KEK, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, kek->version);
  bind_bytes(statement, 2, kek->check, sizeof kek->check);
  (void)sqlite3_bind_int64(statement, 3, kek->wraps_reserved);
  bind_time(statement, 4, kek->first_seen_at);
  return connection_run(connection, statement, "writing a key version", error);
}

ss_status sqlite_visit_keks(storage_session *session, kek_visitor visitor, void *context,
                            ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_VISIT_KEKS, &statement, error));
  for (;;) {
    bool found = false;
    GUARD(connection_step(connection, statement, &found, "reading the key versions", error));
    if (!found) return SS_OK;
    kek_record kek = {0};
    if (!read_kek(statement, &kek)) return damaged_row("kek", error);
    GUARD(visitor(context, &kek, error));
  }
}

ss_status sqlite_insert_audit_key(storage_session *session, const audit_key_record *key,
                                  ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_INSERT_AUDIT_KEY, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, key->epoch);
  (void)sqlite3_bind_int64(statement, 2, key->key_version);
  bind_bytes(statement, 3, key->iv, sizeof key->iv);
  bind_bytes(statement, 4, key->wrapped, sizeof key->wrapped);
  bind_time(statement, 5, key->created_at);
  return connection_run(connection, statement, "writing an audit key", error);
}

static bool read_audit_key(sqlite3_stmt *statement, audit_key_record *key) {
  return column_number(statement, 0, &key->epoch) &&
         column_number(statement, 1, &key->key_version) &&
         column_copy(statement, 2, key->iv, sizeof key->iv) &&
         column_copy(statement, 3, key->wrapped, sizeof key->wrapped) &&
         column_number(statement, 4, &key->created_at);
}

ss_status sqlite_visit_audit_keys(storage_session *session, audit_key_visitor visitor,
                                  void *context, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_VISIT_AUDIT_KEYS, &statement, error));
  for (;;) {
    bool found = false;
    GUARD(connection_step(connection, statement, &found, "reading the audit keys", error));
    if (!found) return SS_OK;
    audit_key_record key = {0};
    if (!read_audit_key(statement, &key)) return damaged_row("audit_key", error);
    GUARD(visitor(context, &key, error));
  }
}

ss_status sqlite_find_lease(storage_session *session, text_view name, lease_record *lease,
                            bool *found, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_FIND_LEASE, &statement, error));
  bind_text(statement, 1, name);
  GUARD(connection_step(connection, statement, found, "reading a lease", error));
  if (!*found) return SS_OK;
  lease->until = sqlite3_column_int64(statement, 1);
  /* A lease is a courtesy: what cannot be one is none, and stops nobody. */
  *found = column_copy(statement, 0, lease->holder, sizeof lease->holder);
  connection_end_loan(connection);
  return SS_OK;
}

ss_status sqlite_save_lease(storage_session *session, text_view name, const lease_record *lease,
                            ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_SAVE_LEASE, &statement, error));
  bind_text(statement, 1, name);
  bind_bytes(statement, 2, lease->holder, sizeof lease->holder);
  (void)sqlite3_bind_int64(statement, 3, lease->until);
  return connection_run(connection, statement, "writing a lease", error);
}

ss_status sqlite_load_store_head(storage_session *session, text_view *text, bool *found,
                                 ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  *text = (text_view){0};
  GUARD(connection_prepare(connection, STATEMENT_LOAD_STORE_HEAD, &statement, error));
  GUARD(connection_step(connection, statement, found, "reading the store's head", error));
  if (*found) *text = column_text(statement, 0);
  return SS_OK;
}

ss_status sqlite_save_store_head(storage_session *session, text_view text, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_SAVE_STORE_HEAD, &statement, error));
  bind_text(statement, 1, text);
  return connection_run(connection, statement, "writing the store's head", error);
}
