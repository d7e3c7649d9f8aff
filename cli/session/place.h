/* Where a path leads: which file it names, whether that is there or not. */
#ifndef CLI_PLACE_H
#define CLI_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

typedef struct place {
  char path[PATH_MAX]; /* absolute, links followed, the last one too */
  char folder[PATH_MAX];
  const char *name; /* in path: what stands behind the folder */
  struct stat folder_information;
  bool exists;
  struct stat information; /* if it exists */
  bool is_descriptor;      /* /dev/stdout, /dev/fd/N: what this or another process has open */
} place;

/* False, with errno, if a folder on the way is not there or cannot be searched. */
bool place_find(const char *path, place *found);
/* What has that ending to its name, beside it: the log of a database. False, with errno. */
bool place_beside(const place *self, const char *ending, place *found);
/* Whether both are one file, by whatever names, or would be if it were there. */
bool place_is_same(const place *a, const place *b);
/* The descriptor of this process that it is; -1 if it is none. */
int place_descriptor(const place *self);

#endif
