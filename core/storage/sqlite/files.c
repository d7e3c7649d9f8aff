/* The database's files: new ones of mode 0600, their sizes, and consistent copies. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "storage/sqlite/failure.h"
#include "storage/sqlite/operations.h"

enum { STORE_FILE_MODE = 0600, PAGES_PER_STEP = 1000 };

/* SQLite would make the file with the umask's mode; ours is 0600, which the -wal and -shm files
 * inherit. mknod and not open: closing any descriptor of a file drops every lock that the process
 * holds on it, those of another handle on the same store too (sqlite.org/howtocorrupt.html, 2.2).
 */
ss_status sqlite_create_file(const char *path, bool must_be_new, ss_error *error) {
  if (mknod(path, S_IFREG | STORE_FILE_MODE, 0) == 0) return SS_OK;
  if (errno == EEXIST && !must_be_new) return SS_OK;
  return error_set(error, SS_STORAGE_FAILED, "creating a file at \"%s\": %s", path,
                   strerror(errno));
}

/* ---- Sizes --------------------------------------------------------------------------------- */

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
  GUARD(connection_prepare(connection, STATEMENT_MEASURE, &statement, error));
  GUARD(connection_step(connection, statement, &found, "adding up the store", error));
  const int64_t page_bytes = sqlite3_column_int64(statement, 5);
  *totals = (storage_totals){
      .namespace_count = sqlite3_column_int64(statement, 0),
      .secret_count = sqlite3_column_int64(statement, 1),
      .event_count = sqlite3_column_int64(statement, 2),
      .file_bytes = sqlite3_column_int64(statement, 3) * page_bytes,
      .free_bytes = sqlite3_column_int64(statement, 4) * page_bytes,
      .log_bytes = log_size(connection->database),
  };
  connection_end_loan(connection);
  return SS_OK;
}

/* ---- Backup -------------------------------------------------------------------------------- */

/* The snapshot's transaction stays open throughout, so that no write of others makes the copy begin
 * again (sqlite.org/backup.html). */
static ss_status copy_pages(sqlite3_backup *copy, sqlite3 *target, ss_progress_callback progress,
                            void *context, bool *stopped, ss_error *error) {
  for (;;) {
    const int code = sqlite3_backup_step(copy, PAGES_PER_STEP);
    if (code != SQLITE_OK && code != SQLITE_DONE) {
      return sqlite_failure(target, "copying the database", error);
    }
    const int total = sqlite3_backup_pagecount(copy);
    const int done = total - sqlite3_backup_remaining(copy);
    *stopped = progress != NULL && !progress(context, done, total);
    if (code == SQLITE_DONE || *stopped) return SS_OK;
  }
}

static ss_status copy_into(sqlite3 *source, sqlite3 *target, ss_progress_callback progress,
                           void *context, bool *stopped, ss_error *error) {
  sqlite3_backup *copy = sqlite3_backup_init(target, "main", source, "main");
  if (copy == NULL) return sqlite_failure(target, "beginning a copy", error);
  const ss_status status = copy_pages(copy, target, progress, context, stopped, error);
  const int code = sqlite3_backup_finish(copy);
  if (status == SS_OK && !*stopped && code != SQLITE_OK) {
    return sqlite_failure(target, "ending a copy", error);
  }
  return status;
}

static ss_status copy_to_file(sqlite3 *source, const char *path, ss_progress_callback progress,
                              void *context, bool *stopped, ss_error *error) {
  sqlite3 *target = NULL;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  ss_status status = sqlite3_open_v2(path, &target, flags, NULL) == SQLITE_OK
                         ? copy_into(source, target, progress, context, stopped, error)
                         : sqlite_failure(target, "opening the copy", error);
  if (sqlite3_close(target) != SQLITE_OK && status == SS_OK) {
    status = error_set(error, SS_STORAGE_FAILED, "SQLite failed closing the copy");
  }
  return status;
}

ss_status sqlite_backup(storage_session *snapshot, const char *path, ss_progress_callback progress,
                        void *context, bool *stopped, ss_error *error) {
  sqlite_connection *connection = connection_of(snapshot);
  connection_end_loan(connection);
  GUARD(sqlite_create_file(path, true, error));
  const ss_status status =
      copy_to_file(connection->database, path, progress, context, stopped, error);
  if (status != SS_OK || *stopped) (void)unlink(path);
  return status;
}
