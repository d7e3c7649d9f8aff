/* The first bytes of a database's file (sqlite.org/fileformat2.html, 1.3), read without SQLite,
 * which may change a file in opening it: so that what is no store is left as it is. */
#ifndef STORAGE_SQLITE_HEADER_H
#define STORAGE_SQLITE_HEADER_H

#include "base/guard.h"

typedef struct database_header {
  bool is_empty; /* 0 bytes: a store to be */
  bool has_log;  /* is in write-ahead log mode */
} database_header;

/* SS_STORAGE_CORRUPT for what is neither empty nor a database with our application id. */
ss_status header_read(int descriptor, const char *path, database_header *header,
                      ss_error *error) MUST_CHECK;

/* Whether a rollback journal lies beside the file. */
bool header_has_journal(const char *path);

#endif
