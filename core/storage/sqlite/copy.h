/* Consistent copies of a database, which stand under their name only once they are whole. */
#ifndef STORAGE_SQLITE_COPY_H
#define STORAGE_SQLITE_COPY_H

#include "base/guard.h"

/* Whether a path is one under which a copy is written before it is finished. */
bool copy_is_unfinished(const char *path);

#endif
