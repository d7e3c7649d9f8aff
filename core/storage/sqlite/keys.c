/* How many wraps under each KEK version were taken out. */
#include "base/status.h"
#include "storage/sqlite/operations.h"

static bool read_kek(sqlite3_stmt *statement, kek_record *kek) {
  return column_number(statement, 0, &kek->version) &&
         column_number(statement, 1, &kek->wraps_reserved);
}

ss_status sqlite_find_kek(storage_session *session, int64_t version, kek_record *kek, bool *found,
                          ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  *kek = (kek_record){.version = version};
  GUARD(connection_prepare(connection, STATEMENT_FIND_KEK, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, version);
  GUARD(connection_step(connection, statement, found, "reading a key version", error));
  if (!*found) return SS_OK;
  const bool intact = read_kek(statement, kek);
  connection_end_loan(connection);
  return intact ? SS_OK : damaged_row("kek", error);
}

static ss_status write_count(storage_session *session, int64_t version, int64_t count,
                             ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_COUNT_WRAPS, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, version);
  (void)sqlite3_bind_int64(statement, 2, count);
  return connection_run(connection, statement, "counting wraps", error);
}

/* Nobody else writes while a write session lasts: what is read in it stays. */
static ss_status count_wraps(storage_session *session, const wrap_request *request,
                             wrap_grant *grant, ss_error *error) {
  kek_record kek;
  bool found = false;
  GUARD(sqlite_find_kek(session, request->key_version, &kek, &found, error));
  const int64_t left = request->limit - kek.wraps_reserved;
  grant->before = kek.wraps_reserved;
  if (left <= 0) return SS_OK;
  grant->count = request->wanted < left ? request->wanted : left;
  return write_count(session, kek.version, kek.wraps_reserved + grant->count, error);
}

ss_status sqlite_reserve_wraps(storage *of, storage_session *within, const wrap_request *request,
                               wrap_grant *grant, ss_error *error) {
  if (within != NULL) return count_wraps(within, request, grant, error);
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  GUARD(storage_begin_write(of, &session, error));
  GUARD(count_wraps(session, request, grant, error));
  return storage_commit(&session, error);
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
