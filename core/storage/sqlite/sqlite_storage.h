/* The SQLite back end's only door, for the registry: everything else of it is reached through
 * storage.h. */
#ifndef STORAGE_SQLITE_SQLITE_STORAGE_H
#define STORAGE_SQLITE_SQLITE_STORAGE_H

#include "storage/back_end.h"
#include "storage/registry.h"

/* As storage_open. The path is a file's name, or ":memory:"; never a URI. A file of 0 bytes is no
 * store yet. */
ss_status sqlite_storage_open(const storage_options *options, storage **opened,
                              ss_error *error) MUST_CHECK;

#endif
