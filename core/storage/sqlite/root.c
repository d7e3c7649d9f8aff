/* The rows of which a store has one: root, seal, required policy. */
#include "base/status.h"
#include "storage/sqlite/operations.h"
#include "storage/sqlite/schema_check.h"

static bool read_root(sqlite3_stmt *statement, stored_root *root) {
  root->text = column_text(statement, 1);
  return column_number(statement, 0, &root->sequence) &&
         column_copy(statement, 2, root->mac, sizeof root->mac);
}

static bool read_seal(sqlite3_stmt *statement, seal_record *seal) {
  return column_number(statement, 3, &seal->epoch) && column_number(statement, 4, &seal->counter) &&
         column_number(statement, 5, &seal->root_sequence) &&
         column_number(statement, 6, &seal->namespaces) &&
         column_copy(statement, 7, seal->root_mac, sizeof seal->root_mac) &&
         column_copy(statement, 8, seal->mac, sizeof seal->mac) &&
         column_copy(statement, 9, seal->sum, sizeof seal->sum);
}

/* SQLite prepares a statement anew whenever the schema has moved since (SQLITE_STMTSTATUS_REPREPARE);
 * and this one runs in every session that goes on to believe what it reads. So its first run checks
 * the schema, and each one that finds it moved. */
static ss_status check_schema(sqlite_connection *connection, sqlite3_stmt *statement, bool *again,
                              ss_error *error) {
  const int changes = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_REPREPARE, 0);
  *again = changes != connection->schema_changes;
  if (!*again) return SS_OK;
  connection_end_loan(connection);
  GUARD(sqlite_schema_check(connection->database, error));
  connection->schema_changes = changes;
  return SS_OK;
}

/* One statement, which sees one state, also outside of a snapshot. */
ss_status sqlite_load_root(storage_session *session, stored_root *root, seal_record *seal,
                           bool *found, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  bool again = true;
  while (again) {
    GUARD(connection_prepare(connection, STATEMENT_LOAD_ROOT, &statement, error));
    GUARD(connection_step(connection, statement, found, "reading the root", error));
    GUARD(check_schema(connection, statement, &again, error));
  }
  if (!*found) return SS_OK;
  if (!read_root(statement, root) || root->text.data == NULL) {
    return column_failure(statement, "root", error);
  }
  return read_seal(statement, seal) ? SS_OK : column_failure(statement, "seal", error);
}

ss_status sqlite_save_root(storage_session *session, const stored_root *root, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_SAVE_ROOT, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, root->sequence);
  bind_text(statement, 2, root->text);
  bind_bytes(statement, 3, root->mac, sizeof root->mac);
  return connection_run(connection, statement, "writing the root", error);
}

ss_status sqlite_save_seal(storage_session *session, const seal_record *seal, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_SAVE_SEAL, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, seal->epoch);
  (void)sqlite3_bind_int64(statement, 2, seal->counter);
  (void)sqlite3_bind_int64(statement, 3, seal->root_sequence);
  (void)sqlite3_bind_int64(statement, 4, seal->namespaces);
  bind_bytes(statement, 5, seal->root_mac, sizeof seal->root_mac);
  bind_bytes(statement, 6, seal->mac, sizeof seal->mac);
  bind_bytes(statement, 7, seal->sum, sizeof seal->sum);
  return connection_run(connection, statement, "writing the seal", error);
}

ss_status sqlite_load_required_policy(storage_session *session, text_view *text, bool *found,
                                      ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  *text = (text_view){0};
  GUARD(connection_prepare(connection, STATEMENT_LOAD_REQUIRED_POLICY, &statement, error));
  GUARD(connection_step(connection, statement, found, "reading the required policy", error));
  if (*found) *text = column_text(statement, 0);
  return SS_OK;
}

ss_status sqlite_save_required_policy(storage_session *session, text_view text, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  const bool is_required = text.data != NULL;
  GUARD(connection_prepare(
      connection, is_required ? STATEMENT_SAVE_REQUIRED_POLICY : STATEMENT_DELETE_REQUIRED_POLICY,
      &statement, error));
  if (is_required) bind_text(statement, 1, text);
  return connection_run(connection, statement, "writing the required policy", error);
}
