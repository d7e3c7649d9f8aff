/* Finding, making, entering and watching a database's file. */
#include "storage/sqlite/database_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/status.h"
#include "storage/sqlite/copy.h"
#include "storage/sqlite/ownership.h"

enum { STORE_FILE_MODE = 0600, CHECK_EVERY_MS = 1000, MS_PER_SECOND = 1000, NS_PER_MS = 1000000 };

/* ---- Finding and making -------------------------------------------------------------------- */

static ss_status no_store_there(const char *path, ss_error *error) {
  return error_set(error, SS_NOT_FOUND, "no store at \"%s\"", path);
}

/* SQLite would make the file with the umask's mode; ours is 0600, which the -wal and -shm files
 * inherit. mknod and not open: no descriptor whose closing would drop locks. */
static ss_status make_file(const char *path, ss_error *error) {
  if (mknod(path, S_IFREG | STORE_FILE_MODE, 0) == 0 || errno == EEXIST) return SS_OK;
  return error_set(error, SS_STORAGE_FAILED, "creating a file at \"%s\": %s", path,
                   strerror(errno));
}

static ss_status check_file(const char *path, bool create, ss_error *error) {
  struct stat information = {0};
  if (copy_is_unfinished(path)) {
    return error_set(error, SS_STORAGE_CORRUPT,
                     "expected a store at \"%s\", got a copy that was never finished: back up anew",
                     path);
  }
  if (stat(path, &information) != 0) {
    if (errno == ENOENT) return create ? make_file(path, error) : no_store_there(path, error);
    return error_set(error, SS_STORAGE_FAILED, "opening the store at \"%s\": %s", path,
                     strerror(errno));
  }
  if (!S_ISREG(information.st_mode)) {
    return error_set(error, SS_STORAGE_FAILED, "expected a regular file at \"%s\"", path);
  }
  return information.st_size == 0 && !create ? no_store_there(path, error) : SS_OK;
}

ss_status database_file_check_owners(const database_file *self, ss_error *error) {
  const char *const paths[] = {self->path, self->log_path, self->shared_memory_path,
                               self->journal_path};
  for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
    GUARD(ownership_check_file(&self->rules, paths[i], error));
  }
  return SS_OK;
}

ss_status database_file_find(database_file *self, const storage_options *options, ss_error *error) {
  self->rules = (ownership_rules){.user = geteuid(), .allow_group = options->allow_group};
  GUARD(ownership_check_links(&self->rules, options->path, error));
  GUARD(place_resolve(options->path, &self->path, error));
  self->log_path = place_with_suffix(self->path, "-wal");
  self->shared_memory_path = place_with_suffix(self->path, "-shm");
  self->journal_path = place_with_suffix(self->path, "-journal");
  if (self->log_path == NULL || self->shared_memory_path == NULL || self->journal_path == NULL) {
    return error_out_of_memory(error);
  }
  GUARD(check_file(self->path, options->create, error));
  return database_file_check_owners(self, error);
}

void database_file_clear(database_file *self) {
  memory_free(self->path);
  memory_free(self->log_path);
  memory_free(self->shared_memory_path);
  memory_free(self->journal_path);
  *self = (database_file){0};
}

/* ---- Entering and leaving ------------------------------------------------------------------ */

static ss_status replaced(const char *path, ss_error *error) {
  return error_set(error, SS_STORAGE_FAILED,
                   "the file at \"%s\" was removed or replaced while the store had it open: close "
                   "the store, and see which file is right before opening it anew",
                   path);
}

ss_status database_file_enter(database_file *self, ss_error *error) {
  if (self->path == NULL || self->guard != NULL) return SS_OK;
  GUARD(lock_guard_enter(self->path, &self->guard, error));
  const file_identity found = lock_guard_identity(self->guard);
  if (place_is_none(&self->database)) self->database = found;
  return place_is_same(&self->database, &found) ? SS_OK : replaced(self->path, error);
}

void database_file_arm(database_file *self, const log_sink *log) {
  if (self->path == NULL) return;
  lock_guard_arm(self->guard, self->path, log);
  self->log = place_identity(self->log_path);
  self->shared_memory = place_identity(self->shared_memory_path);
}

void database_file_leave(database_file *self, void (*close)(void *connection), void *connection) {
  if (self->guard == NULL) {
    close(connection);
    return;
  }
  lock_guard_leave(self->guard, close, connection);
  self->guard = NULL;
}

void database_file_after_fork(database_file *self) {
  if (self->guard != NULL) lock_guard_after_fork(self->guard);
  self->guard = NULL;
}

/* ---- Watching ------------------------------------------------------------------------------ */

static ss_status check_place(const char *path, const file_identity *expected, ss_error *error) {
  const file_identity found = place_identity(path);
  return place_is_same(&found, expected) ? SS_OK : replaced(path, error);
}

ss_status database_file_check(database_file *self, ss_error *error) {
  if (self->path == NULL) return SS_OK;
  GUARD(check_place(self->path, &self->database, error));
  GUARD(check_place(self->log_path, &self->log, error));
  return check_place(self->shared_memory_path, &self->shared_memory, error);
}

static int64_t coarse_now_ms(void) {
  struct timespec now = {0};
  (void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / NS_PER_MS;
}

ss_status database_file_check_at_times(database_file *self, ss_error *error) {
  if (self->path == NULL) return SS_OK;
  const int64_t now = coarse_now_ms();
  if (now - atomic_load_explicit(&self->checked_at_ms, memory_order_relaxed) < CHECK_EVERY_MS) {
    return SS_OK;
  }
  GUARD(database_file_check(self, error));
  atomic_store_explicit(&self->checked_at_ms, now, memory_order_relaxed);
  return SS_OK;
}
