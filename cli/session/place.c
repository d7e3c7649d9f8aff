/* Following symbolic links by hand: realpath(3) does not tell where one leads that leads nowhere
 * yet, and reads through the links of /proc/PID/fd, which are no paths. */
#include "session/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINKS_MAX = 40 }; /* as Linux has it */

/* The folder of path, which is made absolute, and the name that is left. */
static bool split(const char *path, char folder[PATH_MAX], const char **name) {
  char copy[PATH_MAX];
  const char *slash = strrchr(path, '/');
  *name = slash == NULL ? path : slash + 1;
  const size_t length = slash == NULL ? 0 : (size_t)(slash - path);
  memcpy(copy, path, length);
  copy[length] = '\0';
  return realpath(slash == NULL ? "." : length == 0 ? "/" : copy, folder) != NULL;
}

static bool join(const char *folder, const char *name, char joined[PATH_MAX]) {
  const char *separator = strcmp(folder, "/") == 0 ? "" : "/";
  const int length = snprintf(joined, PATH_MAX, "%s%s%s", folder, separator, name);
  if (length >= 0 && length < PATH_MAX) return true;
  errno = ENAMETOOLONG;
  return false;
}

/* As in /proc/1234/fd and /proc/1234/task/1234/fd. */
static bool holds_descriptors(const char *folder) {
  static const char ending[] = "/fd";
  const size_t length = strlen(folder);
  return strncmp(folder, "/proc/", 6) == 0 && length > sizeof ending &&
         strcmp(folder + length - (sizeof ending - 1), ending) == 0;
}

/* One step: to where the link at found->path leads, in next; false if it is no link. */
static bool read_link(const place *found, char next[PATH_MAX]) {
  char target[PATH_MAX];
  const ssize_t length = readlink(found->path, target, sizeof target - 1);
  if (length < 0) return false;
  target[length] = '\0';
  if (target[0] == '/') {
    memcpy(next, target, (size_t)length + 1);
    return true;
  }
  return join(found->folder, target, next);
}

static bool look(place *found) {
  const char *slash = strrchr(found->path, '/');
  found->name = slash == NULL ? found->path : slash + 1;
  found->exists = stat(found->path, &found->information) == 0;
  if (!found->exists && errno != ENOENT) return false;
  return stat(found->folder, &found->folder_information) == 0;
}

bool place_find(const char *path, place *found) {
  char current[PATH_MAX];
  *found = (place){0};
  if (!join(path[0] == '/' ? "/" : ".", path, current)) return false;
  for (int links = 0; links < LINKS_MAX; links++) {
    const char *name = NULL;
    if (!split(current, found->folder, &name) || !join(found->folder, name, found->path)) {
      return false;
    }
    found->is_descriptor = holds_descriptors(found->folder);
    if (found->is_descriptor || !read_link(found, current)) return look(found);
  }
  errno = ELOOP;
  return false;
}

bool place_beside(const place *self, const char *ending, place *found) {
  *found = *self;
  const size_t length = strlen(found->path);
  const int written = snprintf(found->path + length, sizeof found->path - length, "%s", ending);
  if (written >= 0 && (size_t)written < sizeof found->path - length) return look(found);
  errno = ENAMETOOLONG;
  return false;
}

bool place_is_same(const place *a, const place *b) {
  if (a->exists && b->exists) {
    return a->information.st_dev == b->information.st_dev &&
           a->information.st_ino == b->information.st_ino;
  }
  return a->folder_information.st_dev == b->folder_information.st_dev &&
         a->folder_information.st_ino == b->folder_information.st_ino &&
         strcmp(a->name, b->name) == 0;
}

int place_descriptor(const place *self) {
  char own[PATH_MAX];
  (void)snprintf(own, sizeof own, "/proc/%ld/fd", (long)getpid());
  if (!self->is_descriptor || strcmp(self->folder, own) != 0) return -1;
  char *end = NULL;
  const long number = strtol(self->name, &end, 10);
  return *end == '\0' && number >= 0 && number <= INT_MAX ? (int)number : -1;
}
