/* Whole rows, table by table, for whoever looks at all of them; and the secrets that are gone. */
#include "base/status.h"
#include "storage/sqlite/operations.h"

enum { VALUE_COLUMN = 2 + SECRET_HEADER_COLUMN_COUNT, REPLACED_AT_COLUMN, REMOVED_AT_COLUMN };

static kept_row read_row(sqlite3_stmt *statement) {
  kept_row row = {
      .replaced_at = column_time(statement, REPLACED_AT_COLUMN),
      .removed_at = column_time(statement, REMOVED_AT_COLUMN),
  };
  read_secret_header(statement, 2, &row.row);
  row.row.value = column_bytes(statement, VALUE_COLUMN);
  return row;
}

ss_status sqlite_visit_rows(storage_session *session, const rows_query *query, row_visitor visitor,
                            void *context, ss_error *error) {
  static const statement_id ids[] = {
      [ROWS_OF_SECRETS] = STATEMENT_VISIT_SECRET_ROWS,
      [ROWS_OF_VERSIONS] = STATEMENT_VISIT_VERSION_ROWS,
      [ROWS_OF_REMOVED] = STATEMENT_VISIT_REMOVED_ROWS,
  };
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, ids[query->table], &statement, error));
  const bool goes_on = query->has_position;
  (void)sqlite3_bind_int64(statement, 1, query->namespace_id);
  (void)sqlite3_bind_int64(statement, 2, goes_on ? query->after_first : INT64_MIN);
  (void)sqlite3_bind_int64(statement, 3, goes_on ? query->after_second : INT64_MIN);
  (void)sqlite3_bind_int64(statement, 4, query->limit);
  for (;;) {
    bool found = false;
    GUARD(connection_step(connection, statement, &found, "reading rows", error));
    if (!found) return SS_OK;
    const int64_t first = sqlite3_column_int64(statement, 0);
    const int64_t second = sqlite3_column_int64(statement, 1);
    const kept_row row = read_row(statement);
    GUARD(visitor(context, &row, first, second, error));
  }
}

ss_status sqlite_visit_former_secrets(storage_session *session, int64_t after_id, int64_t limit,
                                      former_secret_visitor visitor, void *context,
                                      ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_VISIT_FORMER_SECRETS, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, after_id);
  (void)sqlite3_bind_int64(statement, 2, limit);
  for (;;) {
    bool found = false;
    GUARD(connection_step(connection, statement, &found, "reading former secrets", error));
    if (!found) return SS_OK;
    const former_secret secret = {
        .id = sqlite3_column_int64(statement, 0),
        .namespace_id = sqlite3_column_int64(statement, 1),
        .name = column_text(statement, 2),
        .is_needed = sqlite3_column_int(statement, 3) != 0,
        .is_living = sqlite3_column_int(statement, 4) != 0,
    };
    GUARD(visitor(context, &secret, error));
  }
}
