/* The database schema and its migrations. */
#ifndef STORAGE_SQLITE_SCHEMA_H
#define STORAGE_SQLITE_SCHEMA_H

#include <sqlite3.h>

#include "base/guard.h"

/* Marks the file as ours (PRAGMA application_id): "SSst". */
enum { SQLITE_SCHEMA_APPLICATION_ID = 0x53537374 };

/* Checks that the database is a store or empty, and migrates it, all in one transaction. */
ss_status sqlite_schema_migrate(sqlite3 *database, ss_error *error) MUST_CHECK;

/* The newest schema in an empty database, to be compared with. */
ss_status sqlite_schema_make(sqlite3 *database, ss_error *error) MUST_CHECK;

#endif
