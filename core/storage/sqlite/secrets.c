/* Secrets: point reads, writes, and listing in order of their last write. */
#include "base/status.h"
#include "storage/sqlite/operations.h"

/* ---- Reading ------------------------------------------------------------------------------- */

void read_secret_header(sqlite3_stmt *statement, int first, secret_record *secret) {
  *secret = (secret_record){
      .id = sqlite3_column_int64(statement, first),
      .namespace_id = sqlite3_column_int64(statement, first + 1),
      .name = column_text(statement, first + 2),
      .format = sqlite3_column_int64(statement, first + 3),
      .revision = sqlite3_column_int64(statement, first + 4),
      .key_version = sqlite3_column_int64(statement, first + 5),
      .created_at = sqlite3_column_int64(statement, first + 6),
      .updated_at = sqlite3_column_int64(statement, first + 7),
      .expires_at = column_time(statement, first + 8),
      .iv = column_bytes(statement, first + 9),
      .value_digest = column_bytes(statement, first + 10),
      .dek_iv = column_bytes(statement, first + 11),
      .wrapped_dek = column_bytes(statement, first + 12),
      .metadata = column_text(statement, first + 13),
  };
}

static ss_status find(storage_session *session, statement_id id, int64_t namespace_id,
                      text_view name, secret_record *secret, sqlite3_stmt **statement, bool *found,
                      ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  GUARD(connection_prepare(connection, id, statement, error));
  (void)sqlite3_bind_int64(*statement, 1, namespace_id);
  bind_text(*statement, 2, name);
  GUARD(connection_step(connection, *statement, found, "finding a secret", error));
  if (*found) read_secret_header(*statement, 0, secret);
  return SS_OK;
}

ss_status sqlite_find_secret(storage_session *session, int64_t namespace_id, text_view name,
                             secret_record *secret, bool *found, ss_error *error) {
  sqlite3_stmt *statement = NULL;
  GUARD(find(session, STATEMENT_FIND_SECRET, namespace_id, name, secret, &statement, found, error));
  if (*found) secret->value = column_bytes(statement, SECRET_HEADER_COLUMN_COUNT);
  return SS_OK;
}

ss_status sqlite_find_secret_header(storage_session *session, int64_t namespace_id, text_view name,
                                    secret_record *secret, bool *found, ss_error *error) {
  sqlite3_stmt *statement = NULL;
  return find(session, STATEMENT_FIND_SECRET_HEADER, namespace_id, name, secret, &statement, found,
              error);
}

/* Two statements, where a join would be one: a reader remembers the ids of namespaces. */
ss_status sqlite_look_up_secret(storage_session *session, text_view namespace_name, text_view name,
                                secret_part part, secret_record *secret, bool *found,
                                ss_error *error) {
  int64_t namespace_id = 0;
  GUARD(sqlite_find_namespace(session, namespace_name, &namespace_id, found, error));
  if (!*found) return SS_OK;
  return part == SECRET_WHOLE
             ? sqlite_find_secret(session, namespace_id, name, secret, found, error)
             : sqlite_find_secret_header(session, namespace_id, name, secret, found, error);
}

ss_status sqlite_find_secret_namespace(storage_session *session, int64_t secret_id,
                                       int64_t *namespace_id, bool *found, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_FIND_SECRET_NAMESPACE, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, secret_id);
  GUARD(connection_step(connection, statement, found, "finding a secret's namespace", error));
  if (*found) *namespace_id = sqlite3_column_int64(statement, 0);
  connection_end_loan(connection);
  return SS_OK;
}

/* ---- Ids ----------------------------------------------------------------------------------- */

/* Within a transaction nobody else can take the id after the last one. */
static bool next_id_is_known(sqlite_connection *connection, int64_t *id) {
  if (connection->last_secret_id == 0 || connection->last_secret_id >= SS_MAX_INTEGER) return false;
  *id = ++connection->last_secret_id;
  return true;
}

static ss_status id_is_taken(sqlite_connection *connection, int64_t id, bool *taken,
                             ss_error *error) {
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_ID_IS_TAKEN, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, id);
  GUARD(connection_step(connection, statement, taken, "looking for a secret's id", error));
  connection_end_loan(connection);
  return SS_OK;
}

/* Somebody else planted a row with an id that none of ours can follow. One anywhere below is as
 * good: there are so many that the first one drawn is free. */
static ss_status draw_id(sqlite_connection *connection, int64_t *id, ss_error *error) {
  bool taken = true;
  while (taken) {
    sqlite3_uint64 drawn = 0;
    sqlite3_randomness(sizeof drawn, &drawn);
    *id = 1 + (int64_t)(drawn % (sqlite3_uint64)(SS_MAX_INTEGER - 1));
    GUARD(id_is_taken(connection, *id, &taken, error));
  }
  return SS_OK;
}

ss_status sqlite_next_secret_id(storage_session *session, int64_t *id, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  bool found = false;
  if (next_id_is_known(connection, id)) return SS_OK;
  GUARD(connection_prepare(connection, STATEMENT_NEXT_SECRET_ID, &statement, error));
  GUARD(connection_step(connection, statement, &found, "choosing a secret's id", error));
  *id = found ? sqlite3_column_int64(statement, 0) : 0;
  connection_end_loan(connection);
  if (*id <= 0 || *id > SS_MAX_INTEGER) return draw_id(connection, id, error);
  connection->last_secret_id = *id;
  return SS_OK;
}

/* ---- Writing ------------------------------------------------------------------------------- */

ss_status sqlite_insert_secret(storage_session *session, const secret_record *secret,
                               ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_INSERT_SECRET, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, secret->id);
  (void)sqlite3_bind_int64(statement, 2, secret->namespace_id);
  bind_text(statement, 3, secret->name);
  (void)sqlite3_bind_int64(statement, 4, secret->format);
  (void)sqlite3_bind_int64(statement, 5, secret->revision);
  (void)sqlite3_bind_int64(statement, 6, secret->key_version);
  bind_time(statement, 7, secret->created_at);
  bind_time(statement, 8, secret->updated_at);
  bind_time(statement, 9, secret->expires_at);
  bind_bytes(statement, 10, secret->iv.data, secret->iv.length);
  bind_bytes(statement, 11, secret->dek_iv.data, secret->dek_iv.length);
  bind_bytes(statement, 12, secret->wrapped_dek.data, secret->wrapped_dek.length);
  bind_text(statement, 13, secret->metadata);
  bind_bytes(statement, 14, secret->value.data, secret->value.length);
  bind_bytes(statement, 15, secret->value_digest.data, secret->value_digest.length);
  return connection_run(connection, statement, "inserting a secret", error);
}

/* The parameters that replacing and rewrapping share. */
static void bind_changes(sqlite3_stmt *statement, const secret_record *secret) {
  (void)sqlite3_bind_int64(statement, 1, secret->id);
  (void)sqlite3_bind_int64(statement, 2, secret->format);
  (void)sqlite3_bind_int64(statement, 3, secret->revision);
  (void)sqlite3_bind_int64(statement, 4, secret->key_version);
  bind_time(statement, 5, secret->updated_at);
  bind_time(statement, 6, secret->expires_at);
  bind_bytes(statement, 7, secret->dek_iv.data, secret->dek_iv.length);
  bind_bytes(statement, 8, secret->wrapped_dek.data, secret->wrapped_dek.length);
  bind_text(statement, 9, secret->metadata);
}

ss_status sqlite_replace_secret(storage_session *session, const secret_record *secret,
                                ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_REPLACE_SECRET, &statement, error));
  bind_changes(statement, secret);
  bind_bytes(statement, 10, secret->iv.data, secret->iv.length);
  bind_bytes(statement, 11, secret->value.data, secret->value.length);
  bind_bytes(statement, 12, secret->value_digest.data, secret->value_digest.length);
  return connection_run(connection, statement, "replacing a secret", error);
}

ss_status sqlite_rewrap_secret(storage_session *session, const secret_record *secret,
                               ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_REWRAP_SECRET, &statement, error));
  bind_changes(statement, secret);
  return connection_run(connection, statement, "rewrapping a secret", error);
}

ss_status sqlite_delete_secret(storage_session *session, const secret_record *secret,
                               ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_REMEMBER_FORMER_SECRET, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, secret->id);
  (void)sqlite3_bind_int64(statement, 2, secret->namespace_id);
  bind_text(statement, 3, secret->name);
  GUARD(connection_run(connection, statement, "remembering a former secret", error));
  GUARD(connection_prepare(connection, STATEMENT_FORGET_LARGEST_BUT_ONE, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, secret->id);
  GUARD(connection_run(connection, statement, "forgetting a former secret", error));
  GUARD(connection_prepare(connection, STATEMENT_DELETE_SECRET, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, secret->id);
  return connection_run(connection, statement, "deleting a secret", error);
}

ss_status sqlite_forget_former_secret(storage_session *session, int64_t secret_id,
                                      ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_FORGET_FORMER_SECRET, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, secret_id);
  return connection_run(connection, statement, "forgetting a former secret", error);
}

/* ---- Listing ------------------------------------------------------------------------------- */

/* Without a position the walk starts before the first row or after the last one. */
static void bind_position(sqlite3_stmt *statement, const secrets_query *query) {
  const int64_t edge = query->order == SS_ASCENDING ? INT64_MIN : INT64_MAX;
  (void)sqlite3_bind_int64(statement, 2, query->has_position ? query->after_updated_at : edge);
  (void)sqlite3_bind_int64(statement, 3, query->has_position ? query->after_id : edge);
}

/* Hands every row of a prepared and bound statement to the visitor. */
static ss_status walk(sqlite_connection *connection, sqlite3_stmt *statement,
                      secret_visitor visitor, void *context, ss_error *error) {
  for (;;) {
    bool found = false;
    GUARD(connection_step(connection, statement, &found, "listing secrets", error));
    if (!found) return SS_OK;
    secret_record secret;
    read_secret_header(statement, 0, &secret);
    GUARD(visitor(context, &secret, error));
  }
}

ss_status sqlite_visit_secrets(storage_session *session, const secrets_query *query,
                               secret_visitor visitor, void *context, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  const statement_id id = query->order == SS_ASCENDING ? STATEMENT_VISIT_SECRETS_ASCENDING
                                                       : STATEMENT_VISIT_SECRETS_DESCENDING;
  GUARD(connection_prepare(connection, id, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, query->namespace_id);
  bind_position(statement, query);
  (void)sqlite3_bind_int64(statement, 4, query->limit);
  return walk(connection, statement, visitor, context, error);
}

ss_status sqlite_visit_secrets_of_key(storage_session *session, int64_t key_version,
                                      int64_t after_id, int64_t limit, secret_visitor visitor,
                                      void *context, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  sqlite_connection *scan ON_SCOPE_EXIT(connection_end_scan) = connection_begin_scan(connection);
  GUARD(connection_prepare(scan, STATEMENT_VISIT_SECRETS_OF_KEY, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, after_id);
  (void)sqlite3_bind_int64(statement, 2, key_version);
  (void)sqlite3_bind_int64(statement, 3, limit);
  return walk(connection, statement, visitor, context, error);
}

ss_status sqlite_visit_expired_secrets(storage_session *session, int64_t before, int64_t limit,
                                       secret_visitor visitor, void *context, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_VISIT_EXPIRED_SECRETS, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, before);
  (void)sqlite3_bind_int64(statement, 2, limit);
  return walk(connection, statement, visitor, context, error);
}

ss_status sqlite_count_secrets_by_key(storage_session *session, key_count_visitor visitor,
                                      void *context, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  sqlite_connection *scan ON_SCOPE_EXIT(connection_end_scan) = connection_begin_scan(connection);
  GUARD(connection_prepare(scan, STATEMENT_COUNT_SECRETS_BY_KEY, &statement, error));
  for (;;) {
    bool found = false;
    GUARD(connection_step(connection, statement, &found, "counting secrets", error));
    if (!found) return SS_OK;
    const int64_t version = sqlite3_column_int64(statement, 0);
    const int64_t count = sqlite3_column_int64(statement, 1);
    GUARD(visitor(context, version, count, error));
  }
}
