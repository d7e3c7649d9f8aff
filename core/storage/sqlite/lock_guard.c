/* The guards of this process, in a list under one lock. */
#include "storage/sqlite/lock_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/status.h"
#include "storage/sqlite/header.h"

/* Bytes of SQLite's own locks (sqlite.org/src: os.h PENDING_BYTE, os_unix.c UNIX_SHM_DMS). */
enum {
  SHARED_FIRST = 0x40000002,
  SHARED_SIZE = 510,
  DEAD_MANS_SWITCH = 128,
};

enum { NO_DESCRIPTOR = -1 };

struct lock_guard {
  lock_guard *next;
  file_identity identity;
  size_t handles;
  int database;      /* descriptor */
  int shared_memory; /* descriptor, of the -shm file */
  bool is_database_locked;
  bool is_armed;
  lock_guard *inherited; /* of a parent, whose descriptors close with this one's */
};

/* The one thing of the library that all handles of a process share. In a forked child it begins
 * afresh, even if another thread of the parent held the lock as it forked: owner is the process
 * that it belongs to, or, negated, the one that is just making it its own. */
static struct registry {
  _Atomic(pid_t) owner;
  pthread_mutex_t lock;
  lock_guard *first;
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void lock_registry(void) {
  const pid_t self = getpid();
  pid_t owner = atomic_load(&registry.owner);
  while (owner != self) {
    if (owner == -self) {
      (void)sched_yield(); /* another thread is at it */
      owner = atomic_load(&registry.owner);
    } else if (atomic_compare_exchange_strong(&registry.owner, &owner, -self)) {
      (void)pthread_mutex_init(&registry.lock, NULL);
      registry.first = NULL;
      atomic_store(&registry.owner, self);
      owner = self;
    }
  }
  (void)pthread_mutex_lock(&registry.lock);
}

static void unlock_registry(void) { (void)pthread_mutex_unlock(&registry.lock); }

static lock_guard *find_guard(const file_identity *identity) {
  lock_guard *guard = registry.first;
  while (guard != NULL && !place_is_same(&guard->identity, identity)) guard = guard->next;
  return guard;
}

static void forget_guard(const lock_guard *guard) {
  lock_guard **link = &registry.first;
  while (*link != NULL && *link != guard) link = &(*link)->next;
  if (*link != NULL) *link = guard->next;
}

/* ---- Locks --------------------------------------------------------------------------------- */

static bool set_lock(int descriptor, int command, short type, off_t start, off_t length) {
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
  return descriptor != NO_DESCRIPTOR && fcntl(descriptor, command, &lock) == 0;
}

static bool lock_database(const lock_guard *guard) {
#ifdef F_OFD_SETLK
  return set_lock(guard->database, F_OFD_SETLK, F_RDLCK, SHARED_FIRST, SHARED_SIZE);
#else
  (void)guard;
  return false;
#endif
}

static bool lock_shared_memory(const lock_guard *guard) {
#ifdef F_OFD_SETLK
  return set_lock(guard->shared_memory, F_OFD_SETLK, F_RDLCK, DEAD_MANS_SWITCH, 1);
#else
  (void)guard;
  return false;
#endif
}

/* Somebody may have dropped the locks that SQLite believes it holds. They are taken again before
 * the guard's go, so that no other process gets in between: a store whose log was removed must not
 * write its old log over what came after. */
static void hand_back_to_sqlite(lock_guard *guard) {
  (void)set_lock(guard->database, F_SETLK, F_RDLCK, SHARED_FIRST, SHARED_SIZE);
  (void)set_lock(guard->shared_memory, F_SETLK, F_RDLCK, DEAD_MANS_SWITCH, 1);
#ifdef F_OFD_SETLK
  (void)set_lock(guard->database, F_OFD_SETLK, F_UNLCK, SHARED_FIRST, SHARED_SIZE);
  (void)set_lock(guard->shared_memory, F_OFD_SETLK, F_UNLCK, DEAD_MANS_SWITCH, 1);
#endif
}

static void close_descriptor(int descriptor) {
  if (descriptor != NO_DESCRIPTOR) (void)close(descriptor);
}

/* This process has no connection to the file. */
static void guard_free(lock_guard *guard) {
  while (guard != NULL) {
    lock_guard *inherited = guard->inherited;
    close_descriptor(guard->database);
    close_descriptor(guard->shared_memory);
    memory_free(guard);
    guard = inherited;
  }
}

/* ---- Entering ------------------------------------------------------------------------------ */

static ss_status refused(const char *path, ss_error *error) {
  return error_set(error, SS_STORAGE_FAILED, "opening the store at \"%s\": %s", path,
                   strerror(errno));
}

/* A new store is switched to the write-ahead log by a lock that the guard would deny, and a
 * rollback journal is played back under one: there the lock waits until the guard is armed. */
static ss_status examine(lock_guard *guard, const char *path, ss_error *error) {
  database_header header;
  GUARD(header_read(guard->database, path, &header, error));
  if (header.has_log && !header_has_journal(path)) guard->is_database_locked = lock_database(guard);
  return SS_OK;
}

static ss_status open_guarded(lock_guard *guard, const char *path, ss_error *error) {
  struct stat information;
  guard->database = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (guard->database == NO_DESCRIPTOR) return refused(path, error);
  if (fstat(guard->database, &information) != 0) return refused(path, error);
  guard->identity = (file_identity){information.st_dev, information.st_ino};
  return examine(guard, path, error);
}

static ss_status make_guard(const char *path, lock_guard **made, ss_error *error) {
  lock_guard *guard = memory_new(sizeof *guard);
  if (guard == NULL) return error_out_of_memory(error);
  guard->database = NO_DESCRIPTOR;
  guard->shared_memory = NO_DESCRIPTOR;
  const ss_status status = open_guarded(guard, path, error);
  if (status != SS_OK) {
    guard_free(guard);
    return status;
  }
  guard->next = registry.first;
  registry.first = guard;
  *made = guard;
  return SS_OK;
}

ss_status lock_guard_enter(const char *path, lock_guard **entered, ss_error *error) {
  *entered = NULL;
  const file_identity identity = place_identity(path);
  lock_registry();
  lock_guard *guard = find_guard(&identity);
  const ss_status status = guard != NULL ? SS_OK : make_guard(path, &guard, error);
  if (guard != NULL) guard->handles++;
  *entered = guard;
  unlock_registry();
  return status;
}

static bool arm(lock_guard *guard, const char *path) {
  if (!guard->is_database_locked) guard->is_database_locked = lock_database(guard);
  char *name = place_with_suffix(path, "-shm");
  if (name != NULL) guard->shared_memory = open(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  memory_free(name);
  return lock_shared_memory(guard) && guard->is_database_locked;
}

void lock_guard_arm(lock_guard *guard, const char *path, const log_sink *log) {
  lock_registry();
  const bool tried = guard->is_armed;
  guard->is_armed = true;
  const bool locked = tried || arm(guard, path);
  const int reason = errno;
  unlock_registry();
  if (locked) return;
  log_write(log, SS_LOG_WARN,
            "this system refused the locks that guard \"%s\" (%s): nothing else in this process "
            "may open and close that file while the store is open",
            path, strerror(reason));
}

file_identity lock_guard_identity(const lock_guard *guard) { return guard->identity; }

bool lock_guard_is_held(const file_identity *identity) {
  lock_registry();
  const bool is_held = find_guard(identity) != NULL;
  unlock_registry();
  return is_held;
}

bool lock_guard_sees_lock(int descriptor) {
#ifdef F_OFD_GETLK
  const int command = F_OFD_GETLK;
#else
  const int command = F_GETLK;
#endif
  struct flock lock = {.l_type = F_WRLCK, .l_start = SHARED_FIRST, .l_len = SHARED_SIZE};
  return fcntl(descriptor, command, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* ---- Leaving ------------------------------------------------------------------------------- */

void lock_guard_leave(lock_guard *guard, void (*close)(void *connection), void *connection) {
  lock_registry();
  const bool is_last = --guard->handles == 0;
  if (is_last) hand_back_to_sqlite(guard);
  close(connection);
  if (is_last) {
    forget_guard(guard);
    guard_free(guard);
  }
  unlock_registry();
}

/* The locks are the parent's too, and stay. The descriptors close at once if this process has no
 * connection to the file, and else with those of its own guard. */
void lock_guard_after_fork(lock_guard *guard) {
  lock_registry();
  if (--guard->handles == 0) {
    lock_guard *own = find_guard(&guard->identity);
    if (own == NULL) {
      guard_free(guard);
    } else {
      lock_guard *last = own;
      while (last->inherited != NULL) last = last->inherited;
      last->inherited = guard;
    }
  }
  unlock_registry();
}
