/* Where a command's output goes: standard output, or what --output names. A regular file is written
 * beside its place, with mode 0600, and takes it once it is whole; a pipe, a device, a descriptor
 * is written into. */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include "options/options.h"
#include "session/place.h"

typedef enum target_kind { TARGET_DESCRIPTOR, TARGET_WRITTEN_INTO, TARGET_FILE } target_kind;

/* What becomes of a file that is there already. */
typedef enum target_existing { EXISTING_IS_REPLACED, EXISTING_NEEDS_FORCE } target_existing;

typedef struct target {
  target_kind kind;
  const char *label; /* for messages: the path as it was given */
  place at;          /* for all but standard output */
  bool replaces;
  int descriptor;
  char temporary[PATH_MAX];
} target;

/* These give exit codes, and print what failed. */

/* Decides by --output and --force, and refuses the files of the call itself (spared.h); source as
 * there. Opens nothing. */
int target_choose(const arguments *args, target_existing existing, const char *source,
                  target *chosen);
/* The same for a file that must be one, at a path of its own. */
int target_choose_file(const arguments *args, const char *path, const char *source, target *chosen);
/* From here to target_close, descriptor takes the output. */
int target_open(target *self);
/* Puts the file in its place if code is EXIT_OK, else removes it. Gives code, or what failed. */
int target_close(target *self, int code);
/* Opens, writes, closes. */
int target_write(target *self, const void *data, size_t length);

#endif
