/* Audit events: appending one, and walking them under the four filters.
 *
 * The events of a name are those of the secrets that have borne it, one after the other. Ids only
 * grow, and a name's next secret begins after its last one was removed, so the events of a lower
 * id all precede those of a higher one: walking the ids in order is walking the events in order.
 * Former secrets come first, the living one (the highest id) last. */
#include "base/status.h"
#include "storage/sqlite/operations.h"

ss_status sqlite_insert_event(storage_session *session, const event_record *event,
                              ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_INSERT_EVENT, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, event->namespace_id);
  (void)sqlite3_bind_int64(statement, 2, event->type);
  (void)sqlite3_bind_int64(statement, 3, event->sequence);
  (void)sqlite3_bind_int64(statement, 4, event->secret_id);
  bind_time(statement, 5, event->created_at);
  (void)sqlite3_bind_int64(statement, 6, event->epoch);
  bind_bytes(statement, 7, event->row_digest.data, event->row_digest.length);
  bind_bytes(statement, 8, event->mac.data, event->mac.length);
  bind_text(statement, 9, event->actor);
  bind_text(statement, 10, event->detail);
  bind_count(statement, 11, event->revision);
  bind_bytes(statement, 12, event->attempt.data, event->attempt.length);
  bind_bytes(statement, 13, event->previous_digest.data, event->previous_digest.length);
  return connection_run(connection, statement, "appending an audit event", error);
}

ss_status sqlite_count_events(storage_session *session, int64_t namespace_id, int64_t *count,
                              ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  bool found = false;
  sqlite_connection *scan ON_SCOPE_EXIT(connection_end_scan) = connection_begin_scan(connection);
  GUARD(connection_prepare(scan, STATEMENT_COUNT_EVENTS, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, namespace_id);
  GUARD(connection_step(connection, statement, &found, "counting events", error));
  *count = sqlite3_column_int64(statement, 0);
  connection_end_loan(connection);
  return SS_OK;
}

ss_status sqlite_drop_events(storage_session *session, int64_t namespace_id, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_DROP_EVENTS, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, namespace_id);
  return connection_run(connection, statement, "dropping a namespace's events", error);
}

ss_status sqlite_delete_events(storage_session *session, int64_t namespace_id,
                               int64_t up_to_sequence, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  for (int type = SS_EVENT_CREATED; type <= SS_EVENT_REWRAPPED; type++) {
    sqlite3_stmt *statement = NULL;
    GUARD(connection_prepare(connection, STATEMENT_DELETE_EVENTS_OF_TYPE, &statement, error));
    (void)sqlite3_bind_int64(statement, 1, namespace_id);
    (void)sqlite3_bind_int(statement, 2, type);
    (void)sqlite3_bind_int64(statement, 3, up_to_sequence);
    GUARD(connection_run(connection, statement, "pruning audit events", error));
  }
  return SS_OK;
}

static void read_event(sqlite3_stmt *statement, event_record *event) {
  *event = (event_record){
      .namespace_id = sqlite3_column_int64(statement, 0),
      .sequence = sqlite3_column_int64(statement, 1),
      .type = column_event_type(statement, 2),
      .secret_id = sqlite3_column_int64(statement, 3),
      .name = column_text(statement, 4),
      .actor = column_text(statement, 5),
      .detail = column_text(statement, 6),
      .created_at = sqlite3_column_int64(statement, 7),
      .epoch = sqlite3_column_int64(statement, 8),
      .row_digest = column_bytes(statement, 9),
      .mac = column_bytes(statement, 10),
      .revision = column_count(statement, 11),
      .attempt = column_bytes(statement, 12),
      .previous_digest = column_bytes(statement, 13),
  };
}

ss_status sqlite_find_last_event(storage_session *session, int64_t secret_id, event_record *event,
                                 byte_view *previous_mac, bool *found, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_FIND_LAST_EVENT, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, secret_id);
  GUARD(connection_step(connection, statement, found, "finding a secret's last event", error));
  if (!*found) return SS_OK;
  read_event(statement, event);
  *previous_mac = column_bytes(statement, 14);
  return SS_OK;
}

/* Walks a prepared and bound statement; remaining counts down. */
static ss_status walk(sqlite_connection *connection, sqlite3_stmt *statement, int64_t *remaining,
                      event_visitor visitor, void *context, ss_error *error) {
  for (;;) {
    bool found = false;
    GUARD(connection_step(connection, statement, &found, "reading audit events", error));
    if (!found) return SS_OK;
    event_record event;
    read_event(statement, &event);
    (*remaining)--;
    GUARD(visitor(context, &event, error));
  }
}

static int64_t edge_of(const events_query *query) {
  return query->order == SS_ASCENDING ? INT64_MIN : INT64_MAX;
}

static int64_t position_of(const events_query *query) {
  return query->has_position ? query->after_sequence : edge_of(query);
}

/* The three filters that one statement answers. */
static ss_status visit_directly(sqlite_connection *connection, const events_query *query,
                                event_visitor visitor, void *context, ss_error *error) {
  static const statement_id ids[][2] = {
      [EVENTS_OF_NAMESPACE] = {STATEMENT_VISIT_EVENTS_DESCENDING, STATEMENT_VISIT_EVENTS_ASCENDING},
      [EVENTS_OF_TYPE] = {STATEMENT_VISIT_EVENTS_OF_TYPE_DESCENDING,
                          STATEMENT_VISIT_EVENTS_OF_TYPE_ASCENDING},
      [EVENTS_OF_SECRET] = {STATEMENT_VISIT_EVENTS_OF_SECRET_DESCENDING,
                            STATEMENT_VISIT_EVENTS_OF_SECRET_ASCENDING},
  };
  sqlite3_stmt *statement = NULL;
  const statement_id id = ids[query->filter][query->order == SS_ASCENDING];
  GUARD(connection_prepare(connection, id, &statement, error));
  const bool by_secret = query->filter == EVENTS_OF_SECRET;
  (void)sqlite3_bind_int64(statement, 1, by_secret ? query->secret_id : query->namespace_id);
  (void)sqlite3_bind_int64(statement, 2, position_of(query));
  (void)sqlite3_bind_int64(statement, 3, query->limit);
  if (query->filter == EVENTS_OF_TYPE) (void)sqlite3_bind_int64(statement, 4, query->type);
  int64_t remaining = query->limit;
  return walk(connection, statement, &remaining, visitor, context, error);
}

static ss_status visit_name_part(sqlite_connection *connection, const events_query *query,
                                 statement_id id, int64_t *remaining, event_visitor visitor,
                                 void *context, ss_error *error) {
  if (*remaining <= 0) return SS_OK;
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, id, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, query->namespace_id);
  (void)sqlite3_bind_int64(statement, 2, position_of(query));
  (void)sqlite3_bind_int64(statement, 3, *remaining);
  bind_text(statement, 4, query->name);
  (void)sqlite3_bind_int64(statement, 5,
                           query->has_position ? query->after_secret_id : edge_of(query));
  return walk(connection, statement, remaining, visitor, context, error);
}

static ss_status visit_name(sqlite_connection *connection, const events_query *query,
                            event_visitor visitor, void *context, ss_error *error) {
  static const statement_id parts[][2] = {
      [SS_DESCENDING] = {STATEMENT_VISIT_EVENTS_OF_NAME_DESCENDING,
                         STATEMENT_VISIT_EVENTS_OF_FORMER_NAME_DESCENDING},
      [SS_ASCENDING] = {STATEMENT_VISIT_EVENTS_OF_FORMER_NAME_ASCENDING,
                        STATEMENT_VISIT_EVENTS_OF_NAME_ASCENDING},
  };
  int64_t remaining = query->limit;
  for (size_t i = 0; i < 2; i++) {
    const statement_id id = parts[query->order == SS_ASCENDING][i];
    GUARD(visit_name_part(connection, query, id, &remaining, visitor, context, error));
  }
  return SS_OK;
}

ss_status sqlite_visit_events(storage_session *session, const events_query *query,
                              event_visitor visitor, void *context, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  if (query->filter == EVENTS_OF_NAME) {
    return visit_name(connection, query, visitor, context, error);
  }
  return visit_directly(connection, query, visitor, context, error);
}
