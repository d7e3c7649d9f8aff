/* Keeps others in this process from dropping the locks of an open store.
 *
 * SQLite's locks are POSIX record locks, which belong to a process and a file: whoever in the
 * process closes any descriptor of the file, having only read it, drops them all
 * (sqlite.org/howtocorrupt.html, 2.2; fcntl(2), "Advisory record locking"). The next process to
 * finish then takes itself for the last one, and removes the log that is still being written.
 *
 * So while a store is open, OFD read locks, which belong to an open file description and not to
 * the process, lie on the same bytes: on SHARED_SIZE bytes from SHARED_FIRST of the database, so
 * that no other connection becomes exclusive and deletes the log, and on the dead man's switch of
 * the -shm file, so that nobody who opens the store takes that file for a crashed process's and
 * truncates it. Closing a guard's own descriptor would be the very fault: hence one guard for each
 * file in a process, counted over all handles, whose descriptors are closed only once this process
 * has no connection to the file left.
 *
 * Not covered: another copy of SQLite in this process that writes to the file, whose closing drops
 * the locks that a transaction of ours holds for its own length.
 *
 * After a fork the descriptors are shared with the parent, and so are the locks: a child must
 * neither unlock them, nor rely on them. It makes a guard of its own. */
#ifndef STORAGE_SQLITE_LOCK_GUARD_H
#define STORAGE_SQLITE_LOCK_GUARD_H

#include "base/log.h"
#include "storage/sqlite/place.h"

typedef struct lock_guard lock_guard;

/* Joins the guard of the file at a resolved path, or makes it. The file must exist. Refuses, with
 * SS_STORAGE_CORRUPT, what is no store of ours (a file of 0 bytes is one to be). Nothing of the
 * file is changed. */
ss_status lock_guard_enter(const char *path, lock_guard **guard, ss_error *error) MUST_CHECK;

/* Once a connection has read from the file, so that the log and the -shm file are there. Locks what
 * is not locked yet. Where the system has no such locks, it says so in the log. */
void lock_guard_arm(lock_guard *guard, const char *path, const log_sink *log);

file_identity lock_guard_identity(const lock_guard *guard);

/* Closes a handle's last connection, and leaves the guard: if nobody else in this process is in
 * it, the locks go first, so that SQLite may empty and remove the log, and the descriptors last. */
void lock_guard_leave(lock_guard *guard, void (*close)(void *connection), void *connection);

/* In a child process, where the handle's connections have been closed: leaves
 * the parent's guard. */
void lock_guard_after_fork(lock_guard *guard);

/* Whether this process has the file open as a store. */
bool lock_guard_is_held(const file_identity *identity);
/* Whether somebody else, in any process, keeps a lock on the database of this descriptor. */
bool lock_guard_sees_lock(int descriptor);

#endif
