/* Sessions over SQLite: one writer connection behind a mutex, a pool of reader connections.
 *
 * Several unserialised writers of one process would only take turns in SQLite's busy handler,
 * sleeping, while the log grows; a mutex hands over at once. Processes are serialised by
 * BEGIN IMMEDIATE and the busy timeout.
 *
 * Readers are opened when all others are in use, up to a bound, and kept. A database in memory
 * exists only in its connection, so there the writer serves both kinds of session. */
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/status.h"
#include "storage/sqlite/database_file.h"
#include "storage/sqlite/failure.h"
#include "storage/sqlite/operations.h"

enum { READERS_MAX = 32, NS_PER_MS = 1000000, NS_PER_SECOND = 1000000000 };

/* How often whoever waits looks up from it, to ask whether to go on. */
#define WAIT_SLICE_NS INT64_C(20000000)

static const char memory_path[] = ":memory:";

typedef struct sqlite_storage {
  storage base;            /* first: a storage is a sqlite_storage */
  storage_options options; /* whose path is the resolved one */
  database_file file;
  bool in_memory;
  atomic_bool is_writer_due; /* after a fork it is opened before any reader */

  pthread_mutex_t writer_lock; /* guards writer_is_lent */
  pthread_cond_t writer_returned;
  bool writer_is_lent;       /* to the write session, which alone may touch the writer */
  sqlite_connection *writer; /* NULL after a fork, until it is needed */

  pthread_mutex_t readers_lock; /* guards what follows */
  pthread_cond_t reader_returned;
  sqlite_connection *idle_readers;
  size_t reader_count; /* idle ones included */
} sqlite_storage;

static sqlite_storage *storage_of(storage *base) { return (sqlite_storage *)base; }

/* ---- Waiting ------------------------------------------------------------------------------- */

/* A wait for what other threads of this process will give back, under a lock. */
typedef struct turn {
  pthread_mutex_t *lock; /* held, but while it waits and asks */
  pthread_cond_t *returned;
  const char *others; /* what they do, for the message */
  int64_t until_ns;   /* 0: not yet begun to wait */
} turn;

/* Waits a little for the next chance. */
static ss_status wait_turn(const sqlite_storage *self, turn *of, ss_error *error) {
  const int64_t now = clock_monotonic_ns();
  if (of->until_ns == 0) of->until_ns = now + (int64_t)self->options.busy_timeout_ms * NS_PER_MS;
  if (now >= of->until_ns) {
    return error_set(error, SS_STORAGE_BUSY,
                     "other threads kept %s for longer than the busy timeout of %d ms", of->others,
                     self->options.busy_timeout_ms);
  }
  const int64_t slice_end = now + WAIT_SLICE_NS;
  const int64_t end = slice_end < of->until_ns ? slice_end : of->until_ns;
  const struct timespec wake_at = {(time_t)(end / NS_PER_SECOND), (long)(end % NS_PER_SECOND)};
  (void)pthread_cond_timedwait(of->returned, of->lock, &wake_at);
  (void)pthread_mutex_unlock(of->lock); /* asking may run the host's code */
  const ss_status status = cancellation_check(&self->options.cancellation, error);
  (void)pthread_mutex_lock(of->lock);
  return status;
}

/* ---- The writer ---------------------------------------------------------------------------- */

static ss_status lock_writer(sqlite_storage *self, ss_error *error) {
  turn mine = {&self->writer_lock, &self->writer_returned, "writing", 0};
  ss_status status = SS_OK;
  (void)pthread_mutex_lock(&self->writer_lock);
  while (status == SS_OK && self->writer_is_lent) status = wait_turn(self, &mine, error);
  if (status == SS_OK) self->writer_is_lent = true;
  (void)pthread_mutex_unlock(&self->writer_lock);
  return status;
}

static void unlock_writer(sqlite_storage *self) {
  (void)pthread_mutex_lock(&self->writer_lock);
  self->writer_is_lent = false;
  (void)pthread_cond_signal(&self->writer_returned);
  (void)pthread_mutex_unlock(&self->writer_lock);
}

/* The lock is held. */
static ss_status ensure_writer(sqlite_storage *self, ss_error *error) {
  if (self->writer != NULL) return SS_OK;
  sqlite_connection *writer = NULL;
  GUARD(database_file_enter(&self->file, error));
  GUARD(connection_open(&self->options, CONNECTION_WRITES, &writer, error));
  database_file_arm(&self->file, self->options.log);
  atomic_store(&self->is_writer_due, false);
  writer->owner = self;
  writer->session.storage = &self->base;
  self->writer = writer;
  return SS_OK;
}

static ss_status run_statement(sqlite_connection *connection, statement_id id, const char *doing,
                               ss_error *error) {
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, id, &statement, error));
  return connection_run(connection, statement, doing, error);
}

static void release_writer(sqlite_storage *self) {
  if (self->writer != NULL) connection_end_loan(self->writer);
  unlock_writer(self);
}

/* Ends a transaction without its changes. Some failures (a full disk, no memory) have already
 * rolled back inside SQLite. While memory stays short, even ROLLBACK may fail: then the connection
 * goes, and the lock on the file with it. A database in memory would go too: there the next
 * transaction tries again. */
static void undo(sqlite_storage *self) {
  sqlite_connection *writer = self->writer;
  connection_end_loan(writer);
  if (sqlite3_get_autocommit(writer->database) != 0) return;
  if (run_statement(writer, STATEMENT_ROLLBACK, "rolling back", NULL) == SS_OK) return;
  if (self->in_memory) return;
  connection_close(writer);
  self->writer = NULL;
}

/* The lock is held. */
static ss_status begin_locked(sqlite_storage *self, ss_error *error) {
  GUARD(ensure_writer(self, error));
  if (sqlite3_get_autocommit(self->writer->database) == 0) {
    GUARD(run_statement(self->writer, STATEMENT_ROLLBACK, "rolling back", error));
  }
  self->writer->last_secret_id = 0;
  return run_statement(self->writer, STATEMENT_BEGIN_WRITE, "beginning a transaction", error);
}

static ss_status begin_write(storage *base, storage_session **session, ss_error *error) {
  sqlite_storage *self = storage_of(base);
  *session = NULL;
  GUARD(lock_writer(self, error));
  const ss_status status = begin_locked(self, error);
  if (status != SS_OK) {
    unlock_writer(self);
    return status;
  }
  *session = &self->writer->session;
  return SS_OK;
}

static void rollback(storage_session *session) {
  sqlite_storage *self = connection_of(session)->owner;
  undo(self);
  release_writer(self);
}

static ss_status commit(storage_session *session, ss_error *error) {
  sqlite_storage *self = connection_of(session)->owner;
  ss_status status = database_file_check(&self->file, error);
  if (status == SS_OK) status = run_statement(self->writer, STATEMENT_COMMIT, "committing", error);
  if (status != SS_OK) undo(self);
  release_writer(self);
  return status;
}

/* ---- Readers ------------------------------------------------------------------------------- */

/* Takes an idle reader; or reserves the right to open one (*reader is NULL then). */
static ss_status take_reader(sqlite_storage *self, sqlite_connection **reader, ss_error *error) {
  turn mine = {&self->readers_lock, &self->reader_returned, "all readers", 0};
  ss_status status = SS_OK;
  (void)pthread_mutex_lock(&self->readers_lock);
  while (status == SS_OK && self->idle_readers == NULL && self->reader_count == READERS_MAX) {
    status = wait_turn(self, &mine, error);
  }
  if (status == SS_OK) {
    *reader = self->idle_readers;
    if (*reader == NULL) {
      self->reader_count++;
    } else {
      self->idle_readers = (*reader)->next_idle;
    }
  }
  (void)pthread_mutex_unlock(&self->readers_lock);
  return status;
}

static void give_up_reader(sqlite_storage *self) {
  (void)pthread_mutex_lock(&self->readers_lock);
  self->reader_count--;
  (void)pthread_cond_signal(&self->reader_returned);
  (void)pthread_mutex_unlock(&self->readers_lock);
}

/* The path is asked again afterwards: it may name another file by now. */
static ss_status open_reader(sqlite_storage *self, sqlite_connection **reader, ss_error *error) {
  ss_status status = database_file_check_owners(&self->file, error);
  if (status == SS_OK) {
    status = connection_open(&self->options, CONNECTION_READS, reader, error);
  }
  if (status == SS_OK) status = database_file_check(&self->file, error);
  if (status != SS_OK) {
    connection_close(*reader);
    *reader = NULL;
    give_up_reader(self);
    return status;
  }
  (*reader)->owner = self;
  (*reader)->session.storage = &self->base;
  return SS_OK;
}

static ss_status begin_read_in_memory(sqlite_storage *self, storage_session **session,
                                      ss_error *error) {
  GUARD(lock_writer(self, error));
  *session = &self->writer->session;
  return SS_OK;
}

static ss_status reopen_writer(sqlite_storage *self, ss_error *error) {
  GUARD(lock_writer(self, error));
  const ss_status status = ensure_writer(self, error);
  unlock_writer(self);
  return status;
}

static ss_status begin_read(storage *base, storage_session **session, ss_error *error) {
  sqlite_storage *self = storage_of(base);
  *session = NULL;
  if (self->in_memory) return begin_read_in_memory(self, session, error);
  if (atomic_load_explicit(&self->is_writer_due, memory_order_relaxed)) {
    GUARD(reopen_writer(self, error));
  }
  GUARD(database_file_check_at_times(&self->file, error));
  sqlite_connection *reader = NULL;
  GUARD(take_reader(self, &reader, error));
  if (reader == NULL) GUARD(open_reader(self, &reader, error));
  *session = &reader->session;
  return SS_OK;
}

static void end_read(storage_session *session);

static ss_status begin_snapshot(storage *base, storage_session **session, ss_error *error) {
  GUARD(begin_read(base, session, error));
  const ss_status status = run_statement(connection_of(*session), STATEMENT_BEGIN_SNAPSHOT,
                                         "beginning a snapshot", error);
  if (status != SS_OK) {
    end_read(*session);
    *session = NULL;
  }
  return status;
}

/* A reader that cannot even end its transaction is no longer kept. */
static bool end_snapshot(sqlite_connection *reader) {
  connection_end_loan(reader);
  if (sqlite3_get_autocommit(reader->database) != 0) return true;
  return run_statement(reader, STATEMENT_ROLLBACK, "ending a snapshot", NULL) == SS_OK;
}

static void end_read(storage_session *session) {
  sqlite_connection *reader = connection_of(session);
  sqlite_storage *self = reader->owner;
  const bool usable = end_snapshot(reader);
  if (reader->is_writer) {
    release_writer(self);
    return;
  }
  if (!usable) {
    connection_close(reader);
    give_up_reader(self);
    return;
  }
  (void)pthread_mutex_lock(&self->readers_lock);
  reader->next_idle = self->idle_readers;
  self->idle_readers = reader;
  (void)pthread_cond_signal(&self->reader_returned);
  (void)pthread_mutex_unlock(&self->readers_lock);
}

/* BEGIN IMMEDIATE has locked all there is. */
static ss_status lock_store(storage_session *session, ss_error *error) {
  (void)session;
  (void)error;
  return SS_OK;
}

/* Readers that still use the log keep its end from being reached: what they need stays. */
static ss_status flush_log(storage *base, ss_error *error) {
  sqlite_storage *self = storage_of(base);
  GUARD(lock_writer(self, error));
  ss_status status = ensure_writer(self, error);
  if (status == SS_OK) {
    const int code = sqlite3_wal_checkpoint_v2(self->writer->database, "main",
                                               SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) {
      status = sqlite_failure(self->writer->database, "truncating the log", error);
    }
  }
  unlock_writer(self);
  return status;
}

/* All that write to a file are on its machine. */
static ss_status now(storage_session *session, int64_t *now, ss_error *error) {
  (void)error; /* reading a clock does not fail */
  *now = clock_now_ms(&connection_of(session)->owner->options.clock);
  return SS_OK;
}

/* ---- Closing and forking ------------------------------------------------------------------- */

static void close_readers(sqlite_storage *self, void (*close)(sqlite_connection *)) {
  while (self->idle_readers != NULL) {
    sqlite_connection *reader = self->idle_readers;
    self->idle_readers = reader->next_idle;
    self->reader_count--;
    close(reader);
  }
}

static void close_connection(void *connection) { connection_close(connection); }

static void close_storage(storage *base) {
  sqlite_storage *self = storage_of(base);
  close_readers(self, connection_close);
  /* Last, so that it checkpoints and removes the log. */
  database_file_leave(&self->file, close_connection, self->writer);
  (void)pthread_mutex_destroy(&self->writer_lock);
  (void)pthread_cond_destroy(&self->writer_returned);
  (void)pthread_mutex_destroy(&self->readers_lock);
  (void)pthread_cond_destroy(&self->reader_returned);
  database_file_clear(&self->file);
  memory_free(self);
}

/* SQLite's connections must not cross a fork (sqlite.org/howtocorrupt.html, 2.6): the child would
 * believe that it holds the parent's locks. Closing them all makes SQLite forget the file; the
 * next session opens it afresh. A child's close drops none of the parent's locks, since POSIX
 * locks belong to a process. A database in memory is the child's own copy. */
static void after_fork(storage *base) {
  sqlite_storage *self = storage_of(base);
  if (self->in_memory) return;
  close_readers(self, connection_close_after_fork);
  connection_close_after_fork(self->writer);
  self->writer = NULL;
  database_file_after_fork(&self->file);
  atomic_store(&self->is_writer_due, true);
}

/* ---- Opening ------------------------------------------------------------------------------- */

static const storage_operations operations = {
    .close = close_storage,
    .after_fork = after_fork,
    .begin_read = begin_read,
    .begin_snapshot = begin_snapshot,
    .end_read = end_read,
    .begin_write = begin_write,
    .commit = commit,
    .rollback = rollback,
    .now = now,
    .lock_store = lock_store,
    .flush_log = flush_log,
    .reserve_wraps = sqlite_reserve_wraps,
    .take_lease = sqlite_take_lease,
    .return_lease = sqlite_return_lease,
    .has_moved = sqlite_has_moved,
    .doubt = sqlite_doubt,
    .load_root = sqlite_load_root,
    .save_root = sqlite_save_root,
    .save_seal = sqlite_save_seal,
    .load_required_policy = sqlite_load_required_policy,
    .save_required_policy = sqlite_save_required_policy,
    .find_kek = sqlite_find_kek,
    .visit_keks = sqlite_visit_keks,
    .insert_store_event = sqlite_insert_store_event,
    .visit_store_events = sqlite_visit_store_events,
    .find_namespace = sqlite_find_namespace,
    .lock_namespace = sqlite_lock_namespace,
    .load_namespace = sqlite_load_namespace,
    .save_namespace = sqlite_save_namespace,
    .visit_namespaces = sqlite_visit_namespaces,
    .find_namespace_name = sqlite_find_namespace_name,
    .look_up_secret = sqlite_look_up_secret,
    .find_secret = sqlite_find_secret,
    .find_secret_header = sqlite_find_secret_header,
    .next_secret_id = sqlite_next_secret_id,
    .insert_secret = sqlite_insert_secret,
    .replace_secret = sqlite_replace_secret,
    .rewrap_secret = sqlite_rewrap_secret,
    .delete_secret = sqlite_delete_secret,
    .visit_secrets = sqlite_visit_secrets,
    .visit_secrets_of_key = sqlite_visit_secrets_of_key,
    .visit_expired_secrets = sqlite_visit_expired_secrets,
    .count_secrets_by_key = sqlite_count_secrets_by_key,
    .find_secret_namespace = sqlite_find_secret_namespace,
    .insert_event = sqlite_insert_event,
    .delete_events = sqlite_delete_events,
    .forget_former_secret = sqlite_forget_former_secret,
    .visit_rows = sqlite_visit_rows,
    .visit_former_secrets = sqlite_visit_former_secrets,
    .count_events = sqlite_count_events,
    .drop_events = sqlite_drop_events,
    .find_last_event = sqlite_find_last_event,
    .check_medium = sqlite_check_medium,
    .measure = sqlite_measure,
    .visit_events = sqlite_visit_events,
    .count_bytes = sqlite_count_bytes,
    .backup = sqlite_backup,
};

static ss_status open_database(sqlite_storage *self, ss_error *error) {
  if (!self->in_memory) {
    GUARD(database_file_find(&self->file, &self->options, error));
    self->options.path = self->file.path;
  }
  return ensure_writer(self, error);
}

/* Waits are by the monotonic clock. */
static void init_locks(sqlite_storage *self) {
  pthread_condattr_t monotonic;
  (void)pthread_condattr_init(&monotonic);
  (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  (void)pthread_mutex_init(&self->writer_lock, NULL);
  (void)pthread_cond_init(&self->writer_returned, &monotonic);
  (void)pthread_mutex_init(&self->readers_lock, NULL);
  (void)pthread_cond_init(&self->reader_returned, &monotonic);
  (void)pthread_condattr_destroy(&monotonic);
}

ss_status sqlite_storage_open(const storage_options *options, storage **opened, ss_error *error) {
  *opened = NULL;
  sqlite_storage *self = memory_new(sizeof *self);
  if (self == NULL) return error_out_of_memory(error);
  self->base.operations = &operations;
  init_locks(self);
  self->in_memory = strcmp(options->path, memory_path) == 0;
  self->options = *options;
  const ss_status status = open_database(self, error);
  if (status != SS_OK) {
    close_storage(&self->base);
    return status;
  }
  *opened = &self->base;
  return SS_OK;
}
