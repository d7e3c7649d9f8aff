/* From SQLite's result codes to ours. */
#ifndef STORAGE_SQLITE_FAILURE_H
#define STORAGE_SQLITE_FAILURE_H

#include <sqlite3.h>

#include "base/guard.h"

/* Reports the connection's last failure. doing completes the sentence "SQLite failed ...". */
ss_status sqlite_failure(sqlite3 *database, const char *doing, ss_error *error);
/* The same for a call that hands its code back and leaves none in a connection. */
ss_status sqlite_code_failure(int extended_code, const char *doing, ss_error *error);

#endif
