/* The sizes of the database's files. */
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
  const int64_t page_bytes = sqlite3_column_int64(statement, 5);
  *totals = (storage_totals){
      .namespace_count = sqlite3_column_int64(statement, 0),
      .file_bytes = sqlite3_column_int64(statement, 3) * page_bytes,
      .free_bytes = sqlite3_column_int64(statement, 4) * page_bytes,
      .log_bytes = log_size(connection->database),
  };
  const bool plausible = column_balance(statement, 1, &totals->secret_count) &&
                         column_balance(statement, 2, &totals->event_count);
  connection_end_loan(connection);
  return plausible ? SS_OK : damaged_row("namespace", error);
}
