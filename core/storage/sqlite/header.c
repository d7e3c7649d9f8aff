/* Telling a store from other files. */
#include "storage/sqlite/header.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/status.h"
#include "storage/sqlite/place.h"
#include "storage/sqlite/schema.h"

enum {
  HEADER_BYTES = 100,
  WRITE_VERSION_OFFSET = 18,
  READ_VERSION_OFFSET = 19,
  WITH_LOG = 2,
  USER_VERSION_OFFSET = 60,
  APPLICATION_ID_OFFSET = 68,
};

static const unsigned char magic[16] = "SQLite format 3";

static uint32_t big_endian(const unsigned char bytes[4]) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static ss_status no_store(const char *path, const char *got, ss_error *error) {
  return error_set(error, SS_STORAGE_CORRUPT,
                   "expected a store at \"%s\", got %s; it was left "
                   "as it is",
                   path, got);
}

ss_status header_read(int descriptor, const char *path, database_header *header, ss_error *error) {
  unsigned char bytes[HEADER_BYTES];
  *header = (database_header){0};
  const ssize_t length = pread(descriptor, bytes, sizeof bytes, 0);
  if (length < 0) {
    return error_set(error, SS_STORAGE_FAILED, "reading the file at \"%s\": %s", path,
                     strerror(errno));
  }
  header->is_empty = length == 0;
  if (header->is_empty) return SS_OK;
  if (length < HEADER_BYTES || memcmp(bytes, magic, sizeof magic) != 0) {
    return no_store(path, "a file that is no SQLite database", error);
  }
  const uint32_t application_id = big_endian(bytes + APPLICATION_ID_OFFSET);
  if (application_id == 0) return no_store(path, "a SQLite database that is no store", error);
  if (application_id != SQLITE_SCHEMA_APPLICATION_ID) {
    return no_store(path, "another application's SQLite database", error);
  }
  /* A store gets its schema, and its version, together with its application id. */
  if (big_endian(bytes + USER_VERSION_OFFSET) == 0) {
    return no_store(path, "a SQLite database that is no store", error);
  }
  header->has_log =
      bytes[WRITE_VERSION_OFFSET] == WITH_LOG && bytes[READ_VERSION_OFFSET] == WITH_LOG;
  return SS_OK;
}

bool header_has_journal(const char *path) {
  struct stat information;
  char *journal = place_with_suffix(path, "-journal");
  const bool found = journal != NULL && stat(journal, &information) == 0;
  memory_free(journal);
  return found;
}
