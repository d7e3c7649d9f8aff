/* What SQLite knows of its own file: whether it changed, and whether it is sound. */
#include <stdlib.h>

#include "base/status.h"
#include "storage/sqlite/failure.h"
#include "storage/sqlite/operations.h"

/* The pager's own number, which moves whenever the cache may hold other pages than before: it is
 * brought up to date as a statement takes its read lock (SQLITE_FCNTL_DATA_VERSION). */
ss_status sqlite_has_moved(storage_session *session, bool *moved, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  unsigned int version = 0;
  const int code =
      sqlite3_file_control(connection->database, "main", SQLITE_FCNTL_DATA_VERSION, &version);
  if (code != SQLITE_OK) {
    return sqlite_failure(connection->database, "asking for the data version", error);
  }
  *moved = !connection->has_data_version || version != connection->data_version;
  connection->has_data_version = true;
  connection->data_version = version;
  return SS_OK;
}

void sqlite_doubt(storage_session *session) { connection_of(session)->has_data_version = false; }

/* SQLite writes "unable to get the page. error code=7": a page that there was no memory for, or that
 * the system could not read, says nothing about the file. */
bool sqlite_check_went_wrong(text_view fault, ss_status *status) {
  static const char marker[] = "error code";
  const char *found = fault.data == NULL ? NULL : strstr(fault.data, marker);
  if (found == NULL) return false;
  found += sizeof marker - 1;
  const int code = (int)strtol(found + strspn(found, " ="), NULL, 10) & 0xff;
  if (code != SQLITE_NOMEM && code != SQLITE_IOERR) return false;
  *status = code == SQLITE_NOMEM ? SS_OUT_OF_MEMORY : SS_STORAGE_FAILED;
  return true;
}

static ss_status visit_faults(sqlite_connection *connection, sqlite3_stmt *statement,
                              fault_visitor visitor, void *context, ss_error *error) {
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    const text_view fault = column_text(statement, 0);
    if (text_view_equals(fault, text_view_of("ok"))) continue;
    if (fault.data == NULL) return column_failure(statement, "sqlite_schema", error);
    ss_status failure = SS_OK;
    if (sqlite_check_went_wrong(fault, &failure)) {
      return error_set(error, failure, "checking the file: %.*s", QUOTED_LENGTH(fault.length),
                       fault.data);
    }
    GUARD(visitor(context, fault, error));
  }
  if (code == SQLITE_DONE) return SS_OK;
  return connection_reason(connection,
                           sqlite_failure(connection->database, "checking the file", error), error);
}

static ss_status run_check(sqlite_connection *connection, const char *sql, fault_visitor visitor,
                           void *context, ss_error *error) {
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2(connection->database, sql, -1, &statement, NULL) != SQLITE_OK) {
    return sqlite_failure(connection->database, "checking the file", error);
  }
  const ss_status status = visit_faults(connection, statement, visitor, context, error);
  (void)sqlite3_finalize(statement);
  return status;
}

/* All numbers of ours begin at 1; and a walk that begins behind the least one there is would not come
 * across it. */
static const char numbers_below_1[] =
    "SELECT 'a row of table ' || name || ' has the number ' || number FROM ("
    " SELECT 'store_event' AS name, min(sequence) AS number FROM store_event"
    " UNION ALL SELECT 'secret', min(id) FROM secret"
    " UNION ALL SELECT 'secret_version', min(secret) FROM secret_version"
    " UNION ALL SELECT 'secret_version', min(revision) FROM secret_version"
    " UNION ALL SELECT 'removed', min(id) FROM removed"
    " UNION ALL SELECT 'former_secret', min(id) FROM former_secret"
    " UNION ALL SELECT 'event', min(sequence) FROM event) WHERE number < 1";

/* Pages and indexes; the references between tables; what no walk would come across. */
ss_status sqlite_check_medium(storage_session *snapshot, fault_visitor visitor, void *context,
                              ss_error *error) {
  sqlite_connection *connection = connection_of(snapshot);
  sqlite_connection *scan ON_SCOPE_EXIT(connection_end_scan) = connection_begin_scan(connection);
  connection_end_loan(scan);
  GUARD(run_check(scan, "PRAGMA integrity_check", visitor, context, error));
  GUARD(run_check(scan, numbers_below_1, visitor, context, error));
  return run_check(scan,
                   "SELECT 'a row of table ' || \"table\" || ' belongs to no row of ' || parent"
                   " FROM pragma_foreign_key_check",
                   visitor, context, error);
}
