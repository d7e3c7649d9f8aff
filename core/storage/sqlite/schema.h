/* The database schema and its migrations. */
#ifndef STORAGE_SQLITE_SCHEMA_H
#define STORAGE_SQLITE_SCHEMA_H

#include <sqlite3.h>

#include "base/guard.h"

/* Marks the file as ours (PRAGMA application_id): "SSst". */
enum { SQLITE_SCHEMA_APPLICATION_ID = 0x53537374 };

/* Checks that the database is a store or empty, and migrates it, all in one transaction. */
ss_status sqlite_schema_migrate(sqlite3 *database, ss_error *error) MUST_CHECK;

/* A row of sqlite_schema. */
typedef struct schema_object {
  const char *name;
  const char *type;
  const char *table;
  const char *sql; /* NULL: SQLite makes it by itself */
} schema_object;

/* What a store's schema consists of, in order of names. */
const schema_object *sqlite_schema_objects(size_t *count);

#endif
