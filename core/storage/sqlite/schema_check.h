/* Whether a database's schema is ours, to the letter: any trigger, view, table, column or index that
 * is not would be run, or read, on behalf of whoever planted it. */
#ifndef STORAGE_SQLITE_SCHEMA_CHECK_H
#define STORAGE_SQLITE_SCHEMA_CHECK_H

#include <sqlite3.h>

#include "base/guard.h"

/* Ours is that of sqlite_schema_objects. SS_INTEGRITY_VIOLATION names the first object that
 * differs; SS_STORAGE_CORRUPT: a table is missing, so that this is no store. */
ss_status sqlite_schema_check(sqlite3 *database, ss_error *error) MUST_CHECK;

#endif
