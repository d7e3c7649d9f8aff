/* One SQLite connection with its persistent statements: what a session is made of. Used by one
 * thread at a time (SQLITE_OPEN_NOMUTEX). */
#ifndef STORAGE_SQLITE_CONNECTION_H
#define STORAGE_SQLITE_CONNECTION_H

#include <sqlite3.h>

#include "storage/sqlite/sqlite_storage.h"
#include "storage/sqlite/statements.h"

enum { NAMESPACE_CACHE_SLOTS = 64 };

/* Names of committed namespaces and their ids, which never change. Direct-mapped: a newcomer
 * takes the slot of whoever hashes there. Only readers keep one: a writer may roll back the
 * creation of what it saw. */
typedef struct namespace_cache_slot {
  char *name; /* owned; NULL: empty */
  size_t length;
  int64_t id;
} namespace_cache_slot;

enum { SCHEMA_UNCHECKED = -1 };

typedef struct sqlite_connection {
  storage_session session; /* first: a session is a connection */
  struct sqlite_storage *owner;
  struct sqlite_connection *next_idle;
  sqlite3 *database;
  sqlite3_stmt *statements[STATEMENT_COUNT]; /* prepared at their first use */
  sqlite3_stmt *lent;                        /* whose row the caller may still be reading */
  bool is_writer;
  int busy_timeout_ms;
  int64_t waiting_since_ns; /* of the lock that SQLite waits for */
  int64_t last_secret_id;   /* chosen in the running transaction; 0: none was */
  bool has_data_version;
  unsigned int data_version; /* as has_moved last saw it */
  int schema_changes;        /* after which the schema was checked; or SCHEMA_UNCHECKED */
  namespace_cache_slot namespaces[NAMESPACE_CACHE_SLOTS];
} sqlite_connection;

typedef enum connection_role { CONNECTION_READS, CONNECTION_WRITES } connection_role;

/* A writer brings the schema up to date, or makes it. The options outlive the connection. */
ss_status connection_open(const storage_options *options, connection_role role,
                          sqlite_connection **connection, ss_error *error) MUST_CHECK;
void connection_close(sqlite_connection *connection);
/* Closes without a checkpoint: in a child process, whose parent still uses the files. */
void connection_close_after_fork(sqlite_connection *connection);

/* What a failure of SQLite's comes to: why a wait was given up, if it was. */
ss_status connection_reason(const sqlite_connection *connection, ss_status status,
                            ss_error *error) MUST_CHECK;

/* Around a statement that may read a whole table: it asks the cancellation as it goes. */
sqlite_connection *connection_begin_scan(sqlite_connection *connection);
void connection_end_scan(sqlite_connection **connection); /* for ON_SCOPE_EXIT */

/* The statement, ready to be bound. Ends the previous statement's loan. */
ss_status connection_prepare(sqlite_connection *connection, statement_id id,
                             sqlite3_stmt **statement, ss_error *error) MUST_CHECK;

/* Runs a statement that returns no row, and resets it. */
ss_status connection_run(sqlite_connection *connection, sqlite3_stmt *statement, const char *doing,
                         ss_error *error) MUST_CHECK;

/* Steps to the next row. While found is true, the row is lent until the next connection_prepare
 * or connection_end_loan. */
ss_status connection_step(sqlite_connection *connection, sqlite3_stmt *statement, bool *found,
                          const char *doing, ss_error *error) MUST_CHECK;
void connection_end_loan(sqlite_connection *connection);

/* Column and parameter shorthands. Binding borrows: the bytes must outlive the step. */
void bind_text(sqlite3_stmt *statement, int index, text_view text);
void bind_bytes(sqlite3_stmt *statement, int index, const unsigned char *data, size_t length);
void bind_time(sqlite3_stmt *statement, int index, int64_t time);
text_view column_text(sqlite3_stmt *statement, int index);
byte_view column_bytes(sqlite3_stmt *statement, int index);
int64_t column_time(sqlite3_stmt *statement, int index);
/* A count from 1; 0: there is none, and the column is NULL. A 0 that somebody stored is none of ours,
 * and must not pass for that. */
void bind_count(sqlite3_stmt *statement, int index, int64_t count);
int64_t column_count(sqlite3_stmt *statement, int index);
/* SS_EVENT_ANY, which no event is of, for what is no type. */
ss_event_type column_event_type(sqlite3_stmt *statement, int index);
/* A count, sequence or time; false if it is none that the engine writes (0 to 2^53-1). */
bool column_number(sqlite3_stmt *statement, int index, int64_t *number);
/* The same for a count that may be below 0: that of secrets, once a row was removed that somebody
 * had put there without an event. */
bool column_balance(sqlite3_stmt *statement, int index, int64_t *number);
/* Copies a blob of exactly that length; false if it has another. */
bool column_copy(sqlite3_stmt *statement, int index, unsigned char *output, size_t length);

ss_status damaged_row(const char *table, ss_error *error);
/* The same, where a column that is none may be one that there was no memory for. */
ss_status column_failure(sqlite3_stmt *statement, const char *table, ss_error *error);

#endif
