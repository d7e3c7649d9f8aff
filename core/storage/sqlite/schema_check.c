/* Comparing schemas, object by object. */
#include "storage/sqlite/schema_check.h"

#include "base/status.h"
#include "base/view.h"
#include "storage/sqlite/failure.h"
#include "storage/sqlite/schema.h"

static const char every_object[] =
    "SELECT name, type, tbl_name, coalesce(sql, '') FROM sqlite_schema ORDER BY name, type";

enum { OBJECT_COLUMNS = 4 };

static text_view column(sqlite3_stmt *statement, int index) {
  const char *text = (const char *)sqlite3_column_text(statement, index);
  return (text_view){text, (size_t)sqlite3_column_bytes(statement, index)};
}

static bool objects_are_same(sqlite3_stmt *ours, sqlite3_stmt *theirs) {
  for (int i = 0; i < OBJECT_COLUMNS; i++) {
    if (!text_view_equals(column(ours, i), column(theirs, i))) return false;
  }
  return true;
}

static ss_status differs(sqlite3_stmt *object, const char *how, ss_error *error) {
  const text_view type = column(object, 1);
  const text_view name = column(object, 0);
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   "the schema of the database was changed: %.*s \"%.*s\" %s; restore a backup, or "
                   "take the change back",
                   QUOTED_LENGTH(type.length), type.data == NULL ? "" : type.data,
                   QUOTED_LENGTH(name.length), name.data == NULL ? "" : name.data, how);
}

/* The first of the two that has no fellow comes first by name. */
static ss_status find_difference(sqlite3_stmt *ours, bool has_ours, sqlite3_stmt *theirs,
                                 bool has_theirs, ss_error *error) {
  if (!has_theirs) return differs(ours, "is missing", error);
  if (!has_ours) return differs(theirs, "is none of a store's", error);
  const int order = text_view_compare(column(ours, 0), column(theirs, 0));
  if (order < 0) return differs(ours, "is missing", error);
  return differs(theirs, order > 0 ? "is none of a store's" : "is not as it was made", error);
}

static ss_status step(sqlite3 *database, sqlite3_stmt *statement, bool *found, ss_error *error) {
  const int code = sqlite3_step(statement);
  *found = code == SQLITE_ROW;
  if (code == SQLITE_ROW || code == SQLITE_DONE) return SS_OK;
  return sqlite_failure(database, "reading the schema", error);
}

static ss_status compare(sqlite3 *made, sqlite3_stmt *ours, sqlite3 *database, sqlite3_stmt *theirs,
                         ss_error *error) {
  for (;;) {
    bool has_ours = false;
    bool has_theirs = false;
    GUARD(step(made, ours, &has_ours, error));
    GUARD(step(database, theirs, &has_theirs, error));
    if (!has_ours && !has_theirs) return SS_OK;
    if (has_ours && has_theirs && objects_are_same(ours, theirs)) continue;
    return find_difference(ours, has_ours, theirs, has_theirs, error);
  }
}

static ss_status compare_with(sqlite3 *made, sqlite3 *database, ss_error *error) {
  sqlite3_stmt *ours = NULL;
  sqlite3_stmt *theirs = NULL;
  ss_status status = SS_OK;
  if (sqlite3_prepare_v2(made, every_object, -1, &ours, NULL) != SQLITE_OK) {
    status = sqlite_failure(made, "reading the schema", error);
  } else if (sqlite3_prepare_v2(database, every_object, -1, &theirs, NULL) != SQLITE_OK) {
    status = sqlite_failure(database, "reading the schema", error);
  } else {
    status = compare(made, ours, database, theirs, error);
  }
  (void)sqlite3_finalize(ours);
  (void)sqlite3_finalize(theirs);
  return status;
}

ss_status sqlite_schema_check(sqlite3 *database, ss_error *error) {
  sqlite3 *made = NULL;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX;
  ss_status status = sqlite3_open_v2(":memory:", &made, flags, NULL) == SQLITE_OK
                         ? sqlite_schema_make(made, error)
                         : sqlite_failure(made, "making a schema to compare with", error);
  if (status == SS_OK) status = compare_with(made, database, error);
  (void)sqlite3_close(made);
  return status;
}
