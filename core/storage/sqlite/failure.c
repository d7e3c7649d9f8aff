/* Mapping of SQLite's result codes (sqlite.org/rescode.html) to statuses. */
#include "storage/sqlite/failure.h"

#include "base/status.h"

static ss_status status_of(int extended_code) {
  if (extended_code == SQLITE_IOERR_NOMEM) return SS_OUT_OF_MEMORY;
  switch (extended_code & 0xff) {
    case SQLITE_NOMEM: return SS_OUT_OF_MEMORY;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return SS_STORAGE_BUSY;
    case SQLITE_INTERRUPT: return SS_INTERRUPTED;
    case SQLITE_FULL: return SS_STORAGE_FULL;
    case SQLITE_TOOBIG: /* than anything that a store writes */
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return SS_STORAGE_CORRUPT;
    default: return SS_STORAGE_FAILED;
  }
}

static ss_status fail(int extended_code, const char *message, const char *doing, ss_error *error) {
  const ss_status status = status_of(extended_code);
  if (status == SS_OUT_OF_MEMORY)
    return error_set(error, status, "SQLite ran out of memory %s", doing);
  if (status == SS_STORAGE_BUSY) {
    return error_set(error, status,
                     "another process kept the store locked for longer than the busy timeout, %s",
                     doing);
  }
  return error_set(error, status, "SQLite failed %s: %s (code %d)", doing, message, extended_code);
}

ss_status sqlite_failure(sqlite3 *database, const char *doing, ss_error *error) {
  /* Without a connection, the allocation of one is what failed. */
  if (database == NULL) return sqlite_code_failure(SQLITE_NOMEM, doing, error);
  return fail(sqlite3_extended_errcode(database), sqlite3_errmsg(database), doing, error);
}

ss_status sqlite_code_failure(int extended_code, const char *doing, ss_error *error) {
  return fail(extended_code, sqlite3_errstr(extended_code), doing, error);
}
