/* The back ends by URL scheme. A new one is a row here. */
#include "storage/registry.h"

#include <string.h>

#include "base/status.h"
#include "storage/sqlite/sqlite_storage.h"

typedef struct storage_scheme {
  const char *start;   /* of a URL */
  const char *names;   /* what such a URL is */
  storage_opener open; /* NULL: not in this build */
} storage_scheme;

static const storage_scheme schemes[] = {
    {"postgresql://", "the address of a PostgreSQL server", NULL},
    {"postgres://", "the address of a PostgreSQL server", NULL},
};

static const storage_scheme file = {"", "a file name", sqlite_storage_open};

static const storage_scheme *scheme_of(const char *path) {
  for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
    if (strncmp(path, schemes[i].start, strlen(schemes[i].start)) == 0) return &schemes[i];
  }
  return &file;
}

ss_status storage_check_path(const char *path, ss_error *error) {
  const storage_scheme *scheme = scheme_of(path);
  if (scheme->open != NULL) return SS_OK;
  return error_set(
      error, SS_UNSUPPORTED,
      "path: expected a file name or \":memory:\", got %s, which this build cannot use",
      scheme->names);
}

ss_status storage_open(const storage_options *options, storage **opened, ss_error *error) {
  *opened = NULL;
  GUARD(storage_check_path(options->path, error));
  return scheme_of(options->path)->open(options, opened, error);
}
