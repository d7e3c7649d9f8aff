/* Opening a connection, its settings, and the handling of its statements. */
#include "storage/sqlite/connection.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/status.h"
#include "storage/sqlite/failure.h"
#include "storage/sqlite/schema.h"
#include "storage/sqlite/schema_check.h"

enum { JOURNAL_MODE_RETRY_MS = 5, OPERATIONS_BETWEEN_CHECKS = 10000, NS_PER_MS = 1000000 };

/* Every connection. query_only keeps a reader from writing by mistake. The cache is in KiB. */
static const char common_settings[] =
    "PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON;"
    "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192";
static const char reader_settings[] = "PRAGMA query_only = ON";
static const char writer_settings[] =
    "PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 4000;"
    "PRAGMA journal_size_limit = 33554432";
/* Opens the log, so that it is there for whoever looks. */
static const char first_read[] = "SELECT count(*) FROM sqlite_schema";
static const char full_durability[] = "PRAGMA synchronous = FULL";
static const char normal_durability[] = "PRAGMA synchronous = NORMAL";

static ss_status run_setting(sqlite3 *database, const char *sql, ss_error *error) {
  if (sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK) return SS_OK;
  return sqlite_failure(database, "configuring a connection", error);
}

static void sleep_ms(long duration) {
  const struct timespec pause = {duration / 1000, (duration % 1000) * 1000000};
  (void)nanosleep(&pause, NULL);
}

/* ---- Waiting ------------------------------------------------------------------------------- */

/* Whether to wait on for a lock that others hold, after a pause. The first
 * round starts the time. */
static bool wait_on(sqlite_connection *connection, int rounds, int pause_ms) {
  const int64_t now = clock_monotonic_ns();
  if (rounds == 0) connection->waiting_since_ns = now;
  const int64_t left_ms =
      connection->busy_timeout_ms - (now - connection->waiting_since_ns) / NS_PER_MS;
  if (left_ms <= 0) return false;
  if (storage_session_check(&connection->session, NULL) != SS_OK) return false;
  sleep_ms(pause_ms < left_ms ? pause_ms : (long)left_ms);
  return true;
}

/* SQLite's busy handler: its own would wait by the system's clock, and never ask. The pauses are
 * those of its own. */
static int handle_busy(void *context, int rounds) {
  static const unsigned char pauses_ms[] = {1, 2, 5, 10, 15, 20, 25, 25, 25, 50};
  const int last = (int)sizeof pauses_ms - 1;
  return wait_on(context, rounds, pauses_ms[rounds < last ? rounds : last]);
}

static int stop_scan(void *context) {
  const sqlite_connection *connection = context;
  return storage_session_check(&connection->session, NULL) != SS_OK;
}

sqlite_connection *connection_begin_scan(sqlite_connection *connection) {
  sqlite3_progress_handler(connection->database, OPERATIONS_BETWEEN_CHECKS, stop_scan, connection);
  return connection;
}

void connection_end_scan(sqlite_connection **connection) {
  sqlite3_progress_handler((*connection)->database, 0, NULL, NULL);
}

ss_status connection_reason(const sqlite_connection *connection, ss_status status,
                            ss_error *error) {
  if (status == SS_STORAGE_BUSY || status == SS_INTERRUPTED) {
    GUARD(storage_session_check(&connection->session, error));
  }
  return status;
}

static ss_status failure_of(const sqlite_connection *connection, const char *doing,
                            ss_error *error) {
  return connection_reason(connection, sqlite_failure(connection->database, doing, error), error);
}

/* ---- Opening and closing ------------------------------------------------------------------- */

/* Switching a new file to WAL needs it alone, and SQLite's busy handler is not asked there. */
static ss_status use_write_ahead_log(sqlite_connection *connection, ss_error *error) {
  for (int rounds = 0;; rounds++) {
    const int code =
        sqlite3_exec(connection->database, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    if (code == SQLITE_OK) return SS_OK;
    if ((code & 0xff) != SQLITE_BUSY) break;
    if (!wait_on(connection, rounds, JOURNAL_MODE_RETRY_MS)) break;
  }
  return sqlite_failure(connection->database, "switching to the write-ahead log", error);
}

/* What a file holds may be anybody's (sqlite.org/security.html): SQLite would run its triggers and
 * views, and read a blob of 900 MB into memory. */
static void distrust_file(sqlite3 *database) {
  (void)sqlite3_limit(database, SQLITE_LIMIT_LENGTH, STORAGE_LONGEST_BYTES);
  (void)sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
  (void)sqlite3_limit(database, SQLITE_LIMIT_TRIGGER_DEPTH, 1);
  (void)sqlite3_limit(database, SQLITE_LIMIT_COLUMN, 64);
  (void)sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  (void)sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  (void)sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
  (void)sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
}

static ss_status configure(sqlite_connection *connection, const storage_options *options,
                           connection_role role, ss_error *error) {
  sqlite3 *database = connection->database;
  (void)sqlite3_extended_result_codes(database, 1);
  (void)sqlite3_busy_handler(database, handle_busy, connection);
  distrust_file(database);
  GUARD(run_setting(database, common_settings, error));
  if (role == CONNECTION_READS) return run_setting(database, reader_settings, error);
  GUARD(run_setting(database, "PRAGMA page_size = 4096", error));
  /* Before the switch: with a rollback journal, a new file becomes a store in one piece. */
  GUARD(sqlite_schema_migrate(database, error));
  GUARD(sqlite_schema_check(database, error));
  GUARD(use_write_ahead_log(connection, error));
  GUARD(run_setting(database, writer_settings, error));
  GUARD(run_setting(database, first_read, error));
  const bool full = options->durability == SS_DURABILITY_FULL;
  return run_setting(database, full ? full_durability : normal_durability, error);
}

ss_status connection_open(const storage_options *options, connection_role role,
                          sqlite_connection **opened, ss_error *error) {
  *opened = NULL;
  sqlite_connection *connection = memory_new(sizeof *connection);
  if (connection == NULL) return error_out_of_memory(error);
  connection->is_writer = role == CONNECTION_WRITES;
  connection->schema_changes = SCHEMA_UNCHECKED;
  connection->busy_timeout_ms = options->busy_timeout_ms;
  connection->session.cancellation = &options->cancellation;
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW;
  const int code = sqlite3_open_v2(options->path, &connection->database, flags, NULL);
  ss_status status = code == SQLITE_OK
                         ? configure(connection, options, role, error)
                         : sqlite_failure(connection->database, "opening the database", error);
  if (status != SS_OK) {
    status = connection_reason(connection, status, error);
    connection_close(connection);
    return status;
  }
  *opened = connection;
  return SS_OK;
}

void connection_close(sqlite_connection *connection) {
  if (connection == NULL) return;
  for (size_t i = 0; i < STATEMENT_COUNT; i++) (void)sqlite3_finalize(connection->statements[i]);
  for (size_t i = 0; i < NAMESPACE_CACHE_SLOTS; i++) memory_free(connection->namespaces[i].name);
  (void)sqlite3_close(connection->database);
  memory_free(connection);
}

void connection_close_after_fork(sqlite_connection *connection) {
  if (connection == NULL) return;
  (void)sqlite3_db_config(connection->database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  connection_close(connection);
}

/* ---- Statements ---------------------------------------------------------------------------- */

void connection_end_loan(sqlite_connection *connection) {
  if (connection->lent == NULL) return;
  (void)sqlite3_reset(connection->lent); /* repeats the step's failure, which was reported */
  connection->lent = NULL;
}

ss_status connection_prepare(sqlite_connection *connection, statement_id id,
                             sqlite3_stmt **statement, ss_error *error) {
  connection_end_loan(connection);
  if (connection->statements[id] == NULL) {
    const int code =
        sqlite3_prepare_v3(connection->database, statement_sql(id), -1, SQLITE_PREPARE_PERSISTENT,
                           &connection->statements[id], NULL);
    if (code != SQLITE_OK) return failure_of(connection, "preparing a statement", error);
  }
  *statement = connection->statements[id];
  return SS_OK;
}

ss_status connection_step(sqlite_connection *connection, sqlite3_stmt *statement, bool *found,
                          const char *doing, ss_error *error) {
  const int code = sqlite3_step(statement);
  *found = code == SQLITE_ROW;
  if (*found) {
    connection->lent = statement;
    return SS_OK;
  }
  const ss_status status = code == SQLITE_DONE ? SS_OK : failure_of(connection, doing, error);
  (void)sqlite3_reset(statement);
  connection->lent = NULL;
  return status;
}

ss_status connection_run(sqlite_connection *connection, sqlite3_stmt *statement, const char *doing,
                         ss_error *error) {
  bool found = false;
  const ss_status status = connection_step(connection, statement, &found, doing, error);
  connection_end_loan(connection);
  return status;
}

/* ---- Columns and parameters ---------------------------------------------------------------- */

/* Binding fails only for an index out of range, a fault of ours that every test would show, or a
 * length over SQLite's limit, which the engine's limits exclude. */

void bind_text(sqlite3_stmt *statement, int index, text_view text) {
  if (text.data == NULL) {
    (void)sqlite3_bind_null(statement, index);
  } else {
    (void)sqlite3_bind_text(statement, index, text.data, (int)text.length, SQLITE_STATIC);
  }
}

void bind_bytes(sqlite3_stmt *statement, int index, const unsigned char *data, size_t length) {
  (void)sqlite3_bind_blob(statement, index, data, (int)length, SQLITE_STATIC);
}

void bind_time(sqlite3_stmt *statement, int index, int64_t time) {
  if (time == SS_NO_EXPIRY) {
    (void)sqlite3_bind_null(statement, index);
  } else {
    (void)sqlite3_bind_int64(statement, index, time);
  }
}

byte_view column_bytes(sqlite3_stmt *statement, int index) {
  static const unsigned char none[1];
  const unsigned char *data = sqlite3_column_blob(statement, index);
  if (data != NULL) return (byte_view){data, (size_t)sqlite3_column_bytes(statement, index)};
  return (byte_view){sqlite3_column_type(statement, index) == SQLITE_NULL ? NULL : none, 0};
}

/* As a blob: sqlite3_column_text may allocate, to add a NUL, and return NULL when it cannot. Empty
 * text is no blob to SQLite, and is kept apart from absent text here: what is authenticated must
 * not mix them up. */
text_view column_text(sqlite3_stmt *statement, int index) {
  const byte_view bytes = column_bytes(statement, index);
  if (bytes.data == NULL && sqlite3_column_type(statement, index) != SQLITE_NULL) {
    return (text_view){"", 0};
  }
  return (text_view){(const char *)bytes.data, bytes.length};
}

/* No time of ours is negative. One that somebody stored must not pass for "never", whose number is
 * negative too. */
int64_t column_time(sqlite3_stmt *statement, int index) {
  if (sqlite3_column_type(statement, index) == SQLITE_NULL) return SS_NO_EXPIRY;
  const int64_t time = sqlite3_column_int64(statement, index);
  return time >= 0 ? time : INT64_MIN;
}

void bind_count(sqlite3_stmt *statement, int index, int64_t count) {
  if (count == 0) {
    (void)sqlite3_bind_null(statement, index);
  } else {
    (void)sqlite3_bind_int64(statement, index, count);
  }
}

int64_t column_count(sqlite3_stmt *statement, int index) {
  if (sqlite3_column_type(statement, index) == SQLITE_NULL) return 0;
  const int64_t count = sqlite3_column_int64(statement, index);
  return count == 0 ? INT64_MIN : count;
}

ss_event_type column_event_type(sqlite3_stmt *statement, int index) {
  const int64_t type = sqlite3_column_int64(statement, index);
  return type > 0 && type <= INT16_MAX ? (ss_event_type)type : SS_EVENT_ANY;
}

bool column_number(sqlite3_stmt *statement, int index, int64_t *number) {
  *number = sqlite3_column_int64(statement, index);
  return *number >= 0 && *number <= SS_MAX_INTEGER;
}

bool column_balance(sqlite3_stmt *statement, int index, int64_t *number) {
  *number = sqlite3_column_int64(statement, index);
  return *number >= -SS_MAX_INTEGER && *number <= SS_MAX_INTEGER;
}

bool column_copy(sqlite3_stmt *statement, int index, unsigned char *output, size_t length) {
  const byte_view bytes = column_bytes(statement, index);
  if (bytes.data == NULL || bytes.length != length) return false;
  memcpy(output, bytes.data, length);
  return true;
}

ss_status damaged_row(const char *table, ss_error *error) {
  return error_set(error, SS_STORAGE_CORRUPT, "a row of table %s is damaged", table);
}

ss_status column_failure(sqlite3_stmt *statement, const char *table, ss_error *error) {
  const int code = sqlite3_errcode(sqlite3_db_handle(statement));
  return (code & 0xff) == SQLITE_NOMEM ? error_out_of_memory(error) : damaged_row(table, error);
}
