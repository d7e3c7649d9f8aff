/* Comparing schemas, object by object. */
#include "storage/sqlite/schema_check.h"

#include <string.h>

#include "base/status.h"
#include "base/view.h"
#include "storage/sqlite/failure.h"
#include "storage/sqlite/schema.h"

static const char every_object[] =
    "SELECT name, type, tbl_name, sql FROM sqlite_schema ORDER BY name, type";

/* As a blob: sqlite3_column_text may have to allocate. */
static text_view column(sqlite3_stmt *statement, int index) {
  const char *text = sqlite3_column_blob(statement, index);
  return (text_view){text, (size_t)sqlite3_column_bytes(statement, index)};
}

static bool is_same(const schema_object *ours, sqlite3_stmt *theirs) {
  return text_view_equals(text_view_of(ours->name), column(theirs, 0)) &&
         text_view_equals(text_view_of(ours->type), column(theirs, 1)) &&
         text_view_equals(text_view_of(ours->table), column(theirs, 2)) &&
         text_view_equals(text_view_of(ours->sql), column(theirs, 3));
}

static ss_status differs(text_view type, text_view name, const char *how, ss_error *error) {
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   "the schema of the database was changed: %.*s \"%.*s\" %s; restore a backup, or "
                   "take the change back",
                   QUOTED_LENGTH(type.length), type.data == NULL ? "" : type.data,
                   QUOTED_LENGTH(name.length), name.data == NULL ? "" : name.data, how);
}

static ss_status is_missing(const schema_object *ours, ss_error *error) {
  return differs(text_view_of(ours->type), text_view_of(ours->name), "is missing", error);
}

/* The first of the two that has no fellow comes first by name. ours is NULL behind the last. */
static ss_status compare_object(const schema_object *ours, sqlite3_stmt *theirs, ss_error *error) {
  const text_view name = column(theirs, 0);
  const int order = ours == NULL ? 1 : text_view_compare(text_view_of(ours->name), name);
  if (order < 0) return is_missing(ours, error);
  if (order > 0) return differs(column(theirs, 1), name, "is none of a store's", error);
  if (is_same(ours, theirs)) return SS_OK;
  return differs(column(theirs, 1), name, "is not as it was made", error);
}

static ss_status compare(sqlite3 *database, sqlite3_stmt *theirs, ss_error *error) {
  size_t count = 0;
  const schema_object *ours = sqlite_schema_objects(&count);
  size_t i = 0;
  int code = SQLITE_OK;
  while ((code = sqlite3_step(theirs)) == SQLITE_ROW) {
    GUARD(compare_object(i < count ? &ours[i] : NULL, theirs, error));
    i++;
  }
  if (code != SQLITE_DONE) return sqlite_failure(database, "reading the schema", error);
  return i < count ? is_missing(&ours[i], error) : SS_OK;
}

static ss_status compare_all(sqlite3 *database, ss_error *error) {
  sqlite3_stmt *theirs = NULL;
  const int code = sqlite3_prepare_v2(database, every_object, -1, &theirs, NULL);
  const ss_status status = code == SQLITE_OK
                               ? compare(database, theirs, error)
                               : sqlite_failure(database, "reading the schema", error);
  (void)sqlite3_finalize(theirs);
  return status;
}

/* Our marks may stand on somebody else's tables. */
static bool lacks_a_table(sqlite3 *database) {
  size_t count = 0;
  const schema_object *ours = sqlite_schema_objects(&count);
  for (size_t i = 0; i < count; i++) {
    const bool is_table = strcmp(ours[i].type, "table") == 0;
    if (is_table && sqlite3_table_column_metadata(database, "main", ours[i].name, NULL, NULL, NULL,
                                                  NULL, NULL, NULL) == SQLITE_ERROR) {
      return true;
    }
  }
  return false;
}

ss_status sqlite_schema_check(sqlite3 *database, ss_error *error) {
  const ss_status status = compare_all(database, error);
  if (status != SS_INTEGRITY_VIOLATION || !lacks_a_table(database)) return status;
  return error_set(error, SS_STORAGE_CORRUPT,
                   "expected a store at \"%s\", got a SQLite database without a store's tables",
                   sqlite3_db_filename(database, "main"));
}
