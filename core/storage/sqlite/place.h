/* Where a database is: the absolute path of its file, and which file that is. */
#ifndef STORAGE_SQLITE_PLACE_H
#define STORAGE_SQLITE_PLACE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/guard.h"

/* A file, whatever its names. The zeroed one stands for none. */
typedef struct file_identity {
  dev_t device;
  ino_t inode;
} file_identity;

/* The path from the root, links followed, in memory that memory_free takes back: so that
 * neither chdir nor a link that is set anew changes which file it names, and SQLite, which
 * may have been built to take "file:..." for a URI, sees none. The file itself need not
 * exist, its folder must. */
ss_status place_resolve(const char *path, char **resolved, ss_error *error) MUST_CHECK;

/* The first length bytes of start, what is between, and an end, likewise; NULL if memory runs out. */
char *place_join(const char *start, size_t length, const char *between, const char *end);

/* path with a suffix, likewise. */
char *place_with_suffix(const char *path, const char *suffix);

/* The folder of a resolved path, likewise. */
char *place_folder(const char *path);

/* The zeroed identity if nothing is there. */
file_identity place_identity(const char *path);
bool place_is_same(const file_identity *one, const file_identity *other);
bool place_is_none(const file_identity *identity);

#endif
