/* Resolving a path once, and telling files apart by device and inode. */
#include "storage/sqlite/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/status.h"

static ss_status unresolved(const char *path, ss_error *error) {
  if (errno == ENOMEM) return error_out_of_memory(error);
  const bool no_folder = errno == ENOENT || errno == ENOTDIR;
  return error_set(error, SS_STORAGE_FAILED, "resolving the path \"%s\": %s%s", path,
                   strerror(errno), no_folder ? " (its folder must exist)" : "");
}

char *place_join(const char *start, size_t length, const char *between, const char *end) {
  const size_t capacity = length + strlen(between) + strlen(end) + 1;
  char *joined = memory_new_unfilled(capacity);
  if (joined == NULL) return NULL;
  (void)snprintf(joined, capacity, "%.*s%s%s", (int)length, start, between, end);
  return joined;
}

char *place_with_suffix(const char *path, const char *suffix) {
  return place_join(path, strlen(path), "", suffix);
}

char *place_folder(const char *path) {
  const char *slash = strrchr(path, '/');
  if (slash == NULL) return place_join(".", 1, "", "");
  return slash == path ? place_join("/", 1, "", "")
                       : place_join(path, (size_t)(slash - path), "", "");
}

/* realpath's memory comes from malloc, and ours may not. */
static char *take_over(char *from_system) {
  if (from_system == NULL) return NULL;
  char *taken = place_join(from_system, strlen(from_system), "", "");
  free(from_system);
  if (taken == NULL) errno = ENOMEM;
  return taken;
}

static ss_status resolve_folder_of(const char *path, char **resolved, ss_error *error) {
  const char *slash = strrchr(path, '/');
  const char *name = slash == NULL ? path : slash + 1;
  if (name[0] == '\0') {
    return error_set(error, SS_STORAGE_FAILED, "expected a file's name, got the folder \"%s\"",
                     path);
  }
  char *folder = place_folder(path);
  if (folder == NULL) return error_out_of_memory(error);
  char *found = take_over(realpath(folder, NULL));
  memory_free(folder);
  if (found == NULL) return unresolved(path, error);
  const bool is_root = strcmp(found, "/") == 0;
  *resolved = place_join(found, strlen(found), is_root ? "" : "/", name);
  memory_free(found);
  return *resolved == NULL ? error_out_of_memory(error) : SS_OK;
}

ss_status place_resolve(const char *path, char **resolved, ss_error *error) {
  *resolved = take_over(realpath(path, NULL));
  if (*resolved != NULL) return SS_OK;
  struct stat information;
  const bool is_new = errno == ENOENT && lstat(path, &information) != 0 && errno == ENOENT;
  if (!is_new) return unresolved(path, error); /* such as a link to nothing */
  return resolve_folder_of(path, resolved, error);
}

file_identity place_identity(const char *path) {
  struct stat information;
  if (stat(path, &information) != 0) return (file_identity){0};
  return (file_identity){information.st_dev, information.st_ino};
}

bool place_is_same(const file_identity *one, const file_identity *other) {
  return one->device == other->device && one->inode == other->inode;
}

bool place_is_none(const file_identity *identity) { return identity->inode == 0; }
