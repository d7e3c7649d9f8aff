/* How much a store holds, and the sizes of its files. */
#include <sys/stat.h>

#include "storage/sqlite/operations.h"

/* 0 for a database in memory, and while there is no log. */
static int64_t log_size(sqlite3 *database) {
  const char *path = sqlite3_db_filename(database, "main");
  struct stat information = {0};
  if (path == NULL || path[0] == '\0') return 0;
  const char *log_path = sqlite3_filename_wal(path);
  return stat(log_path, &information) == 0 ? (int64_t)information.st_size : 0;
}

ss_status sqlite_measure(storage_session *session, storage_totals *totals, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  bool found = false;
  sqlite_connection *scan ON_SCOPE_EXIT(connection_end_scan) = connection_begin_scan(connection);
  GUARD(connection_prepare(scan, STATEMENT_MEASURE, &statement, error));
  GUARD(connection_step(connection, statement, &found, "adding up the store", error));
  *totals = (storage_totals){.namespace_count = sqlite3_column_int64(statement, 0)};
  const bool plausible = column_balance(statement, 1, &totals->secret_count) &&
                         column_balance(statement, 2, &totals->event_count);
  connection_end_loan(connection);
  return plausible ? SS_OK : damaged_row("namespace", error);
}

ss_status sqlite_count_bytes(storage_session *session, storage_bytes *bytes, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  bool found = false;
  GUARD(connection_prepare(connection, STATEMENT_COUNT_PAGES, &statement, error));
  GUARD(connection_step(connection, statement, &found, "counting the database's pages", error));
  const int64_t page_bytes = sqlite3_column_int64(statement, 2);
  *bytes = (storage_bytes){
      .file = sqlite3_column_int64(statement, 0) * page_bytes,
      .free = sqlite3_column_int64(statement, 1) * page_bytes,
      .log = log_size(connection->database),
  };
  connection_end_loan(connection);
  return SS_OK;
}
