/* Backup: the pages of a snapshot go into a file of another name in the target's folder, which is
 * checked, synced and renamed at the end. Nothing stands under the target's name before that.
 *
 * The other name is the same for every try, and is no store's (database_file.c refuses it): what a
 * crash left is taken over by the next try, and can be mistaken for nothing. A lock by flock(2) on
 * it, which ends with its process, tells a try that is running from one that crashed. */
#include "storage/sqlite/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* renameat2 */
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/status.h"
#include "storage/sqlite/failure.h"
#include "storage/sqlite/lock_guard.h"
#include "storage/sqlite/operations.h"
#include "storage/sqlite/place.h"

enum { COPY_FILE_MODE = 0600, PAGES_PER_STEP = 1000, INSTRUCTIONS_PER_STEP = 1000000 };

static const char unfinished_suffix[] = ".secretstore-partial";
static const char *const side_files[] = {"-wal", "-shm", "-journal"};
enum { SIDE_FILE_COUNT = sizeof side_files / sizeof side_files[0] };

typedef struct copying {
  const storage_copy *request;
  char *target;  /* resolved */
  char *partial; /* the name until it is whole */
  int descriptor;
  pid_t owner; /* of the unfinished file */
  int64_t page_count;
  bool stopped;
} copying;

bool copy_is_unfinished(const char *path) {
  const size_t length = strlen(path);
  const size_t suffix = sizeof unfinished_suffix - 1;
  return length > suffix && strcmp(path + length - suffix, unfinished_suffix) == 0;
}

static ss_status system_failure(const char *doing, const char *path, ss_error *error) {
  const bool is_full = errno == ENOSPC || errno == EDQUOT;
  return error_set(error, is_full ? SS_STORAGE_FULL : SS_STORAGE_FAILED, "%s \"%s\": %s", doing,
                   path, strerror(errno));
}

/* ---- The target ---------------------------------------------------------------------------- */

/* A log beside the target belongs to what stands or stood there: SQLite would play it back into
 * whatever takes the name. Overwriting removes it. */
static ss_status check_side_file(const char *target, const char *suffix, ss_error *error) {
  struct stat information;
  char *path = place_with_suffix(target, suffix);
  if (path == NULL) return error_out_of_memory(error);
  const bool has_content = stat(path, &information) == 0 && information.st_size > 0;
  const ss_status status =
      has_content ? error_set(error, SS_STORAGE_BUSY,
                              "\"%s\" holds changes of a store of that name that was not closed: "
                              "expected none, or to be asked to overwrite",
                              path)
                  : SS_OK;
  memory_free(path);
  return status;
}

/* By this process, or by another: whoever has a store open keeps a lock on these bytes. */
static bool is_open_store(const char *path) {
  const file_identity identity = place_identity(path);
  if (lock_guard_is_held(&identity)) return true;
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return false;
  const bool is_locked = lock_guard_sees_lock(descriptor);
  (void)close(descriptor);
  return is_locked;
}

static ss_status check_existing(const copying *self, const struct stat *found, ss_error *error) {
  if (!self->request->overwrite) {
    return error_set(error, SS_STORAGE_FAILED,
                     "expected no file at \"%s\", got one, which was left as it is", self->target);
  }
  if (!S_ISREG(found->st_mode)) {
    return error_set(error, SS_STORAGE_FAILED, "expected a regular file at \"%s\"", self->target);
  }
  if (!is_open_store(self->target)) return SS_OK;
  return error_set(error, SS_STORAGE_BUSY, "\"%s\" is a store that is open: close it first",
                   self->target);
}

static ss_status check_target(const copying *self, ss_error *error) {
  struct stat information;
  if (lstat(self->target, &information) == 0) GUARD(check_existing(self, &information, error));
  if (self->request->overwrite) return SS_OK;
  GUARD(check_side_file(self->target, "-wal", error)); /* -shm holds no changes */
  return check_side_file(self->target, "-journal", error);
}

/* ---- The unfinished file ------------------------------------------------------------------- */

static void remove_side_files(const char *of) {
  for (size_t i = 0; i < SIDE_FILE_COUNT; i++) {
    char *path = place_with_suffix(of, side_files[i]);
    if (path != NULL) (void)unlink(path);
    memory_free(path);
  }
}

static ss_status busy(const copying *self, ss_error *error) {
  return error_set(error, SS_STORAGE_BUSY, "another backup to \"%s\" is running", self->target);
}

/* Somebody may have removed the file, and another try made one of that name. */
static bool is_still_named(const copying *self) {
  struct stat information;
  if (fstat(self->descriptor, &information) != 0) return false;
  const file_identity own = {information.st_dev, information.st_ino};
  const file_identity named = place_identity(self->partial);
  return place_is_same(&own, &named);
}

/* It may be what a crash left, or another's: then its owner may have finished and renamed it as
 * this looked. */
static ss_status claim(copying *self, ss_error *error) {
  struct stat information;
  if (flock(self->descriptor, LOCK_EX | LOCK_NB) != 0) return busy(self, error);
  if (fstat(self->descriptor, &information) != 0) {
    return system_failure("looking at", self->partial, error);
  }
  if (!is_still_named(self)) return busy(self, error);
  const bool is_ours =
      S_ISREG(information.st_mode) && information.st_nlink == 1 && information.st_uid == geteuid();
  if (!is_ours) {
    return error_set(error, SS_STORAGE_FAILED,
                     "expected no file, or one that a backup of this user left, at \"%s\"",
                     self->partial);
  }
  remove_side_files(self->partial);
  if (ftruncate(self->descriptor, 0) != 0 || fchmod(self->descriptor, COPY_FILE_MODE) != 0) {
    return system_failure("emptying", self->partial, error);
  }
  return SS_OK;
}

static ss_status begin_partial(copying *self, ss_error *error) {
  const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  self->descriptor = open(self->partial, flags, COPY_FILE_MODE);
  if (self->descriptor < 0) return system_failure("creating a file at", self->partial, error);
  const ss_status status = claim(self, error);
  if (status != SS_OK) {
    (void)close(self->descriptor);
    self->descriptor = -1;
  }
  return status;
}

/* A child that was forked while the host was told of the progress leaves it to its parent. */
static void abandon_partial(const copying *self) {
  if (getpid() != self->owner || !is_still_named(self)) return;
  remove_side_files(self->partial);
  (void)unlink(self->partial);
}

static ss_status sync_folder(const copying *self, ss_error *error) {
  char *folder = place_folder(self->target);
  if (folder == NULL) return error_out_of_memory(error);
  const int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool is_synced = descriptor >= 0 && fsync(descriptor) == 0;
  const ss_status status = is_synced ? SS_OK : system_failure("syncing", folder, error);
  if (descriptor >= 0) (void)close(descriptor);
  memory_free(folder);
  return status;
}

/* Without overwriting: link(2) fails where something has the name. */
static bool take_name(const copying *self) {
  if (self->request->overwrite) return rename(self->partial, self->target) == 0;
#ifdef RENAME_NOREPLACE
  if (renameat2(AT_FDCWD, self->partial, AT_FDCWD, self->target, RENAME_NOREPLACE) == 0) {
    return true;
  }
  if (errno != EINVAL && errno != ENOSYS) return false;
#endif
  return link(self->partial, self->target) == 0 && unlink(self->partial) == 0;
}

static ss_status finish_partial(copying *self, ss_error *error) {
  remove_side_files(self->partial);
  if (fsync(self->descriptor) != 0) return system_failure("syncing", self->partial, error);
  GUARD(check_target(self, error)); /* somebody may have been quicker */
  if (!is_still_named(self)) {
    return error_set(error, SS_STORAGE_FAILED, "\"%s\" was removed while it was written",
                     self->partial);
  }
  if (self->request->overwrite) remove_side_files(self->target);
  if (!take_name(self)) return system_failure("naming the copy", self->target, error);
  return sync_folder(self, error);
}

/* ---- The pages ----------------------------------------------------------------------------- */

static void report(copying *self, int64_t done) {
  const storage_copy *request = self->request;
  self->stopped = request->progress != NULL &&
                  !request->progress(request->progress_context, done, self->page_count);
}

/* The snapshot's transaction stays open throughout, so that no write of others makes the copy begin
 * again (sqlite.org/backup.html). */
static ss_status copy_pages(copying *self, sqlite3_backup *copy, ss_error *error) {
  for (;;) {
    const int code = sqlite3_backup_step(copy, PAGES_PER_STEP);
    if (code != SQLITE_OK && code != SQLITE_DONE) {
      return sqlite_code_failure(code, "copying the database", error);
    }
    self->page_count = sqlite3_backup_pagecount(copy);
    report(self, self->page_count - sqlite3_backup_remaining(copy));
    if (code == SQLITE_DONE || self->stopped) return SS_OK;
  }
}

static ss_status copy_into(copying *self, sqlite3 *source, sqlite3 *target, ss_error *error) {
  sqlite3_backup *copy = sqlite3_backup_init(target, "main", source, "main");
  if (copy == NULL) return sqlite_failure(target, "beginning a copy", error);
  const ss_status status = copy_pages(self, copy, error);
  const int code = sqlite3_backup_finish(copy);
  if (status == SS_OK && !self->stopped && code != SQLITE_OK) {
    return sqlite_code_failure(code, "ending a copy", error);
  }
  return status;
}

static int report_while_checking(void *context) {
  copying *self = context;
  report(self, self->page_count);
  return self->stopped;
}

static ss_status check_copy(copying *self, sqlite3 *target, ss_error *error) {
  sqlite3_stmt *statement = NULL;
  sqlite3_progress_handler(target, INSTRUCTIONS_PER_STEP, report_while_checking, self);
  int code = sqlite3_prepare_v2(target, "PRAGMA integrity_check(1)", -1, &statement, NULL);
  if (code == SQLITE_OK) code = sqlite3_step(statement);
  const char *result = code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
  ss_status status = SS_OK;
  if (result == NULL && !self->stopped) {
    status = sqlite_failure(target, "checking the copy", error);
  } else if (result != NULL && strcmp(result, "ok") != 0) {
    status = SS_STORAGE_CORRUPT;
    (void)sqlite_check_went_wrong(text_view_of(result), &status);
    status = error_set(error, status, "the copy is not sound: %.*s", QUOTED_LENGTH(strlen(result)),
                       result);
  }
  (void)sqlite3_finalize(statement);
  return status;
}

/* No journal: what is not finished is thrown away. The file is synced once, at the end. */
static ss_status fill(copying *self, sqlite3 *source, sqlite3 *target, ss_error *error) {
  static const char settings[] =
      "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE";
  if (sqlite3_exec(target, settings, NULL, NULL, NULL) != SQLITE_OK) {
    return sqlite_failure(target, "configuring the copy", error);
  }
  GUARD(copy_into(self, source, target, error));
  return self->stopped ? SS_OK : check_copy(self, target, error);
}

static ss_status fill_partial(copying *self, sqlite3 *source, ss_error *error) {
  sqlite3 *target = NULL;
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW;
  ss_status status = sqlite3_open_v2(self->partial, &target, flags, NULL) == SQLITE_OK
                         ? fill(self, source, target, error)
                         : sqlite_failure(target, "opening the copy", error);
  if (sqlite3_close(target) != SQLITE_OK && status == SS_OK) {
    status = error_set(error, SS_STORAGE_FAILED, "SQLite failed closing the copy");
  }
  return status;
}

static ss_status copy_to_target(copying *self, sqlite3 *source, ss_error *error) {
  GUARD(place_resolve(self->request->path, &self->target, error));
  self->partial = place_with_suffix(self->target, unfinished_suffix);
  if (self->partial == NULL) return error_out_of_memory(error);
  GUARD(check_target(self, error));
  GUARD(begin_partial(self, error));
  ss_status status = fill_partial(self, source, error);
  if (status == SS_OK && !self->stopped) status = finish_partial(self, error);
  if (status != SS_OK || self->stopped) abandon_partial(self);
  (void)close(self->descriptor);
  return status;
}

ss_status sqlite_backup(storage_session *snapshot, const storage_copy *request, bool *stopped,
                        ss_error *error) {
  sqlite_connection *connection = connection_of(snapshot);
  copying self = {.request = request, .descriptor = -1, .owner = getpid()};
  connection_end_loan(connection);
  const ss_status status = copy_to_target(&self, connection->database, error);
  *stopped = self.stopped;
  memory_free(self.target);
  memory_free(self.partial);
  return status;
}
