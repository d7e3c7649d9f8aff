/* Whether only those who may be trusted with a database can write its file, or turn the links that
 * lead to it: whoever else could would choose what SQLite reads. */
#ifndef STORAGE_SQLITE_OWNERSHIP_H
#define STORAGE_SQLITE_OWNERSHIP_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/guard.h"

/* Who asks. */
typedef struct ownership_rules {
  uid_t user;       /* the effective one; root opens anybody's file */
  bool allow_group; /* whether a file's group may write to it */
} ownership_rules;

/* Every link on the way to path, and the folder in which it stands, must be the user's or root's,
 * and its folder be written by nobody else, unless it is sticky. SS_STORAGE_FAILED names the link. */
ss_status ownership_check_links(const ownership_rules *rules, const char *path,
                                ss_error *error) MUST_CHECK;

/* The file must be the user's or root's (unless the user is root), and be written by nobody else.
 * No file is none that others could write to. SS_STORAGE_FAILED says what to do. */
ss_status ownership_check_file(const ownership_rules *rules, const char *path,
                               ss_error *error) MUST_CHECK;

#endif
