/* The store log: events about the store as a whole. */
#include "base/status.h"
#include "storage/sqlite/operations.h"

ss_status sqlite_insert_store_event(storage_session *session, const store_event_record *event,
                                    ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  GUARD(connection_prepare(connection, STATEMENT_INSERT_STORE_EVENT, &statement, error));
  (void)sqlite3_bind_int64(statement, 1, event->sequence);
  (void)sqlite3_bind_int64(statement, 2, event->type);
  bind_time(statement, 3, event->created_at);
  (void)sqlite3_bind_int64(statement, 4, event->epoch);
  bind_bytes(statement, 5, event->attempt.data, event->attempt.length);
  bind_bytes(statement, 6, event->mac.data, event->mac.length);
  bind_text(statement, 7, event->actor);
  bind_text(statement, 8, event->detail);
  return connection_run(connection, statement, "appending to the store log", error);
}

static store_event_record read_event(sqlite3_stmt *statement) {
  return (store_event_record){
      .sequence = sqlite3_column_int64(statement, 0),
      .type = column_event_type(statement, 1),
      .created_at = sqlite3_column_int64(statement, 2),
      .epoch = sqlite3_column_int64(statement, 3),
      .actor = column_text(statement, 4),
      .detail = column_text(statement, 5),
      .attempt = column_bytes(statement, 6),
      .mac = column_bytes(statement, 7),
  };
}

ss_status sqlite_visit_store_events(storage_session *session, const store_events_query *query,
                                    store_event_visitor visitor, void *context, ss_error *error) {
  sqlite_connection *connection = connection_of(session);
  sqlite3_stmt *statement = NULL;
  const bool ascends = query->order == SS_ASCENDING;
  const int64_t edge = ascends ? INT64_MIN : INT64_MAX;
  GUARD(connection_prepare(
      connection,
      ascends ? STATEMENT_VISIT_STORE_EVENTS_ASCENDING : STATEMENT_VISIT_STORE_EVENTS_DESCENDING,
      &statement, error));
  (void)sqlite3_bind_int64(statement, 1, query->has_position ? query->after_sequence : edge);
  (void)sqlite3_bind_int64(statement, 2, query->limit);
  for (;;) {
    bool found = false;
    GUARD(connection_step(connection, statement, &found, "reading the store log", error));
    if (!found) return SS_OK;
    const store_event_record event = read_event(statement);
    GUARD(visitor(context, &event, error));
  }
}
