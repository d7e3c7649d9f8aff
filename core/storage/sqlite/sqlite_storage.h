/* The SQLite back end's only door: everything else of it is reached through storage.h. */
#ifndef STORAGE_SQLITE_SQLITE_STORAGE_H
#define STORAGE_SQLITE_SQLITE_STORAGE_H

#include "base/log.h"
#include "storage/back_end.h"

typedef struct sqlite_storage_options {
  const char *path; /* a file, or ":memory:"; never a URI */
  bool create;      /* make a store where there is no file, or one of 0 bytes */
  ss_durability durability;
  int busy_timeout_ms;
  const log_sink *log;       /* outlives the storage */
  cancellation cancellation; /* asked in waits and long reads */
} sqlite_storage_options;

/* Opens or creates the database and brings its schema up to date. SS_NOT_FOUND if there is none
 * and create is off; SS_STORAGE_CORRUPT if it is no store, which is left as it is; SS_UNSUPPORTED
 * if a newer library wrote it. Closed through its operations. */
ss_status sqlite_storage_open(const sqlite_storage_options *options, storage **opened,
                              ss_error *error) MUST_CHECK;

#endif
