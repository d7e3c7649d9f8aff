/* The file behind a storage: found or made once, guarded while it is open, and looked at again now
 * and then, since somebody may have put another in its place. */
#ifndef STORAGE_SQLITE_DATABASE_FILE_H
#define STORAGE_SQLITE_DATABASE_FILE_H

#include <stdatomic.h>
#include <stdint.h>

#include "storage/registry.h"
#include "storage/sqlite/lock_guard.h"
#include "storage/sqlite/ownership.h"

typedef struct database_file {
  char *path; /* resolved; NULL: a database in memory, of which nothing here applies */
  char *log_path;
  char *shared_memory_path;
  char *journal_path; /* which nobody writes but whoever makes the store */
  ownership_rules rules;
  file_identity database;
  file_identity log;
  file_identity shared_memory; /* of the -shm file */
  lock_guard *guard;           /* NULL: not entered, as in the child of a fork */
  _Atomic(int64_t) checked_at_ms;
} database_file;

/* Finds the file, or makes it (of mode 0600) if create is set. SS_NOT_FOUND if there is none, or
 * one of 0 bytes, and create is off. SS_STORAGE_FAILED if others may write to it (ownership.h). */
ss_status database_file_find(database_file *self, const storage_options *options,
                             ss_error *error) MUST_CHECK;
/* SS_STORAGE_FAILED if others may write to the file, or to one beside it that SQLite would read. */
ss_status database_file_check_owners(const database_file *self, ss_error *error) MUST_CHECK;
void database_file_clear(database_file *self);

/* Before the first connection, in this process, is opened. SS_STORAGE_CORRUPT if the file is no
 * store; SS_STORAGE_FAILED if it is not the one that was found. Nothing if it is entered. */
ss_status database_file_enter(database_file *self, ss_error *error) MUST_CHECK;
/* After it has read. */
void database_file_arm(database_file *self, const log_sink *log);
/* With the last connection, which close closes. */
void database_file_leave(database_file *self, void (*close)(void *connection), void *connection);
/* In a child, once the parent's connections are closed. */
void database_file_after_fork(database_file *self);

/* SS_STORAGE_FAILED if the path, or that of the log or the -shm file, names another file than the
 * one that is open, or none. */
ss_status database_file_check(database_file *self, ss_error *error) MUST_CHECK;
/* The same, at most once a second. */
ss_status database_file_check_at_times(database_file *self, ss_error *error) MUST_CHECK;

#endif
