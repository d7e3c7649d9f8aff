/* Leases: who does a chore, and until when. */
#include <string.h>

#include "base/status.h"
#include "storage/sqlite/operations.h"

typedef struct lease {
  unsigned char holder[STORAGE_LEASE_HOLDER_BYTES];
  int64_t until;
} lease;

/* A holder of another length is none. */
static ss_status find(storage_session *session, text_view name, lease *of, bool *found,
                      ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_FIND_LEASE, &statement, error));
  bind_text(statement, 1, name);
  GUARD(connection_step(connection, statement, found, "reading a lease", error));
  if (!*found) return SS_OK;
  *found = column_copy(statement, 0, of->holder, sizeof of->holder);
  of->until = sqlite3_column_int64(statement, 1);
  connection_end_loan(connection);
  return SS_OK;
}

static ss_status save(storage_session *session, text_view name, const unsigned char *holder,
                      int64_t until, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_SAVE_LEASE, &statement, error));
  bind_text(statement, 1, name);
  bind_bytes(statement, 2, holder, STORAGE_LEASE_HOLDER_BYTES);
  (void)sqlite3_bind_int64(statement, 3, until);
  return connection_run(connection, statement, "writing a lease", error);
}

static bool is_holders(const lease *of, const unsigned char *holder) {
  return memcmp(of->holder, holder, sizeof of->holder) == 0;
}

/* *now is when it was looked at. */
static ss_status ask(storage_session *session, text_view name, const unsigned char *holder,
                     int64_t *now, bool *is_others, ss_error *error) {
  lease current;
  bool found = false;
  GUARD(storage_now(session, now, error));
  GUARD(find(session, name, &current, &found, error));
  const bool lasts =
      found && current.until > *now && current.until <= *now + STORAGE_LONGEST_LEASE_MS;
  *is_others = lasts && !is_holders(&current, holder);
  return SS_OK;
}

/* As a reader: whoever only waits for its turn takes no write lock. */
static ss_status foresee(storage *source, text_view name, const unsigned char *holder,
                         bool *is_others, ss_error *error) {
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  int64_t now = 0;
  GUARD(storage_begin_read(source, &session, error));
  return ask(session, name, holder, &now, is_others, error);
}

ss_status sqlite_take_lease(storage *source, text_view name,
                            const unsigned char holder[STORAGE_LEASE_HOLDER_BYTES], int64_t ms,
                            bool *taken, ss_error *error) {
  bool is_others = false;
  int64_t now = 0;
  GUARD(foresee(source, name, holder, &is_others, error));
  if (is_others) return SS_OK;
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  GUARD(storage_begin_write(source, &session, error));
  GUARD(ask(session, name, holder, &now, &is_others, error));
  if (is_others) return SS_OK;
  GUARD(save(session, name, holder, now + ms, error));
  GUARD(storage_commit(&session, error));
  *taken = true;
  return SS_OK;
}

ss_status sqlite_return_lease(storage *source, text_view name,
                              const unsigned char holder[STORAGE_LEASE_HOLDER_BYTES],
                              ss_error *error) {
  storage_session *session ON_SCOPE_EXIT(storage_end) = NULL;
  lease current;
  bool found = false;
  GUARD(storage_begin_write(source, &session, error));
  GUARD(find(session, name, &current, &found, error));
  if (!found || !is_holders(&current, holder)) return SS_OK;
  GUARD(save(session, name, holder, 0, error));
  return storage_commit(&session, error);
}
