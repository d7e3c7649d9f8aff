/* The store's own row, and the text of its head. */
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
