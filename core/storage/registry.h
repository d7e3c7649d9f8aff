/* Which back end serves a path: chosen by the scheme of a URL; any other text names a file. */
#ifndef STORAGE_REGISTRY_H
#define STORAGE_REGISTRY_H

#include "base/clock.h"
#include "base/log.h"
#include "storage/storage.h"

/* What a storage is opened with. */
typedef struct storage_options {
  const char *path; /* a file's name, ":memory:", or a URL of a scheme that registry.c lists */
  bool create;      /* make a store where there is none */
  bool allow_group; /* a file's group may write to it too */
  ss_durability durability;
  int busy_timeout_ms;
  clock_source clock;        /* the host's */
  const log_sink *log;       /* outlives the storage */
  cancellation cancellation; /* asked in waits and long reads */
} storage_options;

/* How a back end opens its storages. */
typedef ss_status (*storage_opener)(const storage_options *options, storage **opened,
                                    ss_error *error);

/* SS_UNSUPPORTED if no back end of this build serves the path, which the message does not show: it
 * may hold a password. */
ss_status storage_check_path(const char *path, ss_error *error) MUST_CHECK;

/* Opens or creates what the path names, and brings its schema up to date; the options need not
 * outlive the call. SS_NOT_FOUND if there is none and create is off; SS_STORAGE_CORRUPT if it is no
 * store, which is left as it is; SS_UNSUPPORTED if a newer library wrote it, or as
 * storage_check_path. */
ss_status storage_open(const storage_options *options, storage **opened,
                       ss_error *error) MUST_CHECK;

#endif
