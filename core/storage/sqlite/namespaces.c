/* Namespaces: their ids, their chain heads, their listing.
 *
 * SQLite has one writer at a time (BEGIN IMMEDIATE), so a write session holds every namespace's
 * lock from its beginning, and lock_namespace only has to read. */
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "storage/sqlite/operations.h"

enum { DEFAULT_NAMESPACE_ID = 0 };

/* ---- The cache of ids ---------------------------------------------------------------------- */

static namespace_cache_slot *cache_slot(sqlite_connection *connection, text_view name) {
  uint32_t hash = 2166136261u; /* FNV-1a */
  for (size_t i = 0; i < name.length; i++) hash = (hash ^ (unsigned char)name.data[i]) * 16777619u;
  return &connection->namespaces[hash % NAMESPACE_CACHE_SLOTS];
}

static bool cache_holds(const namespace_cache_slot *slot, text_view name) {
  return slot->name != NULL && text_view_equals((text_view){slot->name, slot->length}, name);
}

/* Does without when memory is short. */
static void cache_fill(namespace_cache_slot *slot, text_view name, int64_t id) {
  char *copy = memory_new_unfilled(name.length);
  if (copy == NULL) return;
  memcpy(copy, name.data, name.length);
  memory_free(slot->name);
  *slot = (namespace_cache_slot){.name = copy, .length = name.length, .id = id};
}

/* ---- Finding ------------------------------------------------------------------------------- */

ss_status sqlite_find_namespace(storage_session *session, text_view name, int64_t *id, bool *found,
                                ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  *found = true;
  *id = DEFAULT_NAMESPACE_ID;
  if (name.data == NULL) return SS_OK;

  namespace_cache_slot *slot = cache_slot(connection, name);
  if (!connection->is_writer && cache_holds(slot, name)) {
    *id = slot->id;
    return SS_OK;
  }
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_FIND_NAMESPACE, &statement, error));
  bind_text(statement, 1, name);
  GUARD(connection_step(connection, statement, found, "finding a namespace", error));
  if (!*found) return SS_OK;
  *id = sqlite3_column_int64(statement, 0);
  connection_end_loan(connection);
  if (!connection->is_writer) cache_fill(slot, name, *id);
  return SS_OK;
}

static bool read_namespace(sqlite3_stmt *statement, namespace_record *record) {
  *record = (namespace_record){.id = sqlite3_column_int64(statement, 0)};
  return column_balance(statement, 1, &record->secrets) &&
         column_balance(statement, 2, &record->versions) &&
         column_balance(statement, 3, &record->removed) &&
         column_number(statement, 4, &record->sequence) &&
         column_number(statement, 5, &record->epoch) &&
         column_number(statement, 6, &record->last_event_at) &&
         column_number(statement, 7, &record->checkpoint_sequence) &&
         column_number(statement, 8, &record->root_sequence) &&
         column_number(statement, 9, &record->sealed_sequence) &&
         column_copy(statement, 10, record->mac, sizeof record->mac) &&
         column_copy(statement, 11, record->checkpoint_mac, sizeof record->checkpoint_mac) &&
         column_copy(statement, 12, record->sealed_mac, sizeof record->sealed_mac) &&
         column_copy(statement, 13, record->head_mac, sizeof record->head_mac) &&
         column_copy(statement, 14, record->sum, sizeof record->sum);
}

static ss_status load(sqlite_connection *connection, sqlite3_stmt *statement,
                      namespace_record *record, bool *found, ss_error *error) {
  GUARD(connection_step(connection, statement, found, "reading a namespace", error));
  if (!*found) return SS_OK;
  const bool intact = read_namespace(statement, record);
  connection_end_loan(connection);
  return intact ? SS_OK : damaged_row("namespace", error);
}

static ss_status load_default(sqlite_connection *connection, namespace_record *record, bool *found,
                              ss_error *error) {
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_LOAD_NAMESPACE, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, DEFAULT_NAMESPACE_ID);
  return load(connection, statement, record, found, error);
}

static ss_status load_by_name(sqlite_connection *connection, text_view name,
                              namespace_record *record, bool *found, ss_error *error) {
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_LOAD_NAMESPACE_BY_NAME, &statement, error));
  bind_text(statement, 1, name);
  return load(connection, statement, record, found, error);
}

/* ---- Changing ------------------------------------------------------------------------------ */

static ss_status insert(sqlite_connection *connection, text_view name, int64_t *id,
                        ss_error *error) {
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_INSERT_NAMESPACE, &statement, error));
  /* A NULL id lets SQLite choose: one above the largest, so never the default namespace's. */
  if (name.data == NULL) {
    (void)sqlite3_bind_int64(statement, 1, DEFAULT_NAMESPACE_ID);
  } else {
    (void)sqlite3_bind_null(statement, 1);
  }
  bind_text(statement, 2, name);
  GUARD(connection_run(connection, statement, "creating a namespace", error));
  *id = sqlite3_last_insert_rowid(connection->database);
  return SS_OK;
}

ss_status sqlite_load_namespace(storage_session *session, text_view name, namespace_record *record,
                                bool *found, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  *record = (namespace_record){0};
  return name.data == NULL ? load_default(connection, record, found, error)
                           : load_by_name(connection, name, record, found, error);
}

/* What the writer goes on to read is one step away in any case: nothing is fetched ahead. */
ss_status sqlite_lock_namespace(storage_session *session, const namespace_lock *lock,
                                namespace_record *record, bool *found, ss_error *error) {
  GUARD(sqlite_load_namespace(session, lock->name, record, found, error));
  if (*found || !lock->create) return SS_OK;
  return insert(connection_of(session), lock->name, &record->id, error);
}

ss_status sqlite_save_namespace(storage_session *session, const namespace_record *record,
                                ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_SAVE_NAMESPACE, &statement, error));
  const int64_t numbers[] = {record->id,
                             record->secrets,
                             record->versions,
                             record->removed,
                             record->sequence,
                             record->epoch,
                             record->last_event_at,
                             record->checkpoint_sequence,
                             record->root_sequence,
                             record->sealed_sequence};
  for (int i = 0; i < 10; i++) (void)sqlite3_bind_int64(statement, i + 1, numbers[i]);
  bind_bytes(statement, 11, record->mac, sizeof record->mac);
  bind_bytes(statement, 12, record->checkpoint_mac, sizeof record->checkpoint_mac);
  bind_bytes(statement, 13, record->sealed_mac, sizeof record->sealed_mac);
  bind_bytes(statement, 14, record->head_mac, sizeof record->head_mac);
  bind_bytes(statement, 15, record->sum, sizeof record->sum);
  return connection_run(connection, statement, "writing a namespace", error);
}

/* ---- Listing ------------------------------------------------------------------------------- */

static ss_status visit_default_namespace(sqlite_connection *connection, int64_t *limit,
                                         namespace_visitor visitor, void *context,
                                         ss_error *error) {
  namespace_record record = {0};
  bool found = false;
  GUARD(load_default(connection, &record, &found, error));
  if (!found) return SS_OK;
  (*limit)--;
  return visitor(context, (text_view){0}, &record, error);
}

ss_status sqlite_visit_namespaces(storage_session *session, const namespaces_query *query,
                                  namespace_visitor visitor, void *context, ss_error *error) {
  static const text_view before_every_name = {"", 0};
  sqlite_connection *connection = connection_of(session);
  int64_t limit = query->limit;
  if (!query->has_position && limit > 0) {
    GUARD(visit_default_namespace(connection, &limit, visitor, context, error));
  }
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_VISIT_NAMED_NAMESPACES, &statement, error));
  const bool after_a_name = query->has_position && query->after_name.data != NULL;
  bind_text(statement, 1, after_a_name ? query->after_name : before_every_name);
  (void)sqlite3_bind_int64(statement, 2, limit);
  for (;;) {
    bool found = false;
    GUARD(connection_step(connection, statement, &found, "listing namespaces", error));
    if (!found) return SS_OK;
    namespace_record record = {0};
    if (!read_namespace(statement, &record)) return damaged_row("namespace", error);
    GUARD(visitor(context, column_text(statement, 15), &record, error));
  }
}

ss_status sqlite_find_namespace_name(storage_session *session, int64_t namespace_id,
                                     text_view *name, bool *found, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  *name = (text_view){0};
  GUARD(connection_prepare(connection, STATEMENT_FIND_NAMESPACE_NAME, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, namespace_id);
  GUARD(connection_step(connection, statement, found, "reading a namespace's name", error));
  if (*found) *name = column_text(statement, 0);
  return SS_OK;
}
