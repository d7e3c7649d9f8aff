/* Choosing, opening and closing the place of a command's output. */
#include "session/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/spared.h"
#include "terminal/bytes.h"
#include "terminal/failure.h"
#include "terminal/interruption.h"

static int fail_at(const target *self, const char *doing) {
  return fail(SS_STORAGE_FAILED, "%s \"%s\": %s", doing, self->label, strerror(errno));
}

/* ---- Choosing ------------------------------------------------------------------------------ */

static int refuse_spared(const arguments *args, const char *source, const target *chosen) {
  const char *spared = spared_name(args, source, &chosen->at);
  if (spared == NULL) return EXIT_OK;
  return fail(SS_INVALID_ARGUMENT,
              "writing \"%s\": expected a file that this call does not use, got %s", chosen->label,
              spared);
}

/* A descriptor may be the store too, as in `get A --output - >>store.db`. */
static int choose_descriptor(const arguments *args, const char *source, int descriptor,
                             target *chosen) {
  chosen->kind = TARGET_DESCRIPTOR;
  chosen->descriptor = descriptor;
  chosen->at.exists = fstat(descriptor, &chosen->at.information) == 0;
  return chosen->at.exists ? refuse_spared(args, source, chosen) : fail_at(chosen, "writing");
}

static int choose_path(const arguments *args, const char *path, const char *source,
                       target *chosen) {
  chosen->label = path;
  if (path[0] == '\0') return fail(SS_INVALID_ARGUMENT, "expected a file to write to, got \"\"");
  if (!place_find(path, &chosen->at)) return fail_at(chosen, "writing");
  const place *at = &chosen->at;
  if (place_descriptor(at) >= 0) {
    return choose_descriptor(args, source, place_descriptor(at), chosen);
  }
  if (at->exists && S_ISDIR(at->information.st_mode)) {
    return fail(SS_STORAGE_FAILED, "writing \"%s\": expected a file, got a folder", path);
  }
  const bool is_file = !at->is_descriptor && (!at->exists || S_ISREG(at->information.st_mode));
  chosen->kind = is_file ? TARGET_FILE : TARGET_WRITTEN_INTO;
  return refuse_spared(args, source, chosen);
}

static int check_existing(const arguments *args, target *chosen) {
  chosen->replaces = chosen->replaces || given(args, OPTION_FORCE);
  if (chosen->kind != TARGET_FILE || !chosen->at.exists || chosen->replaces) return EXIT_OK;
  return fail(
      SS_STORAGE_FAILED,
      "writing \"%s\": expected a new file, got one that is there already; --force replaces "
      "it",
      chosen->label);
}

int target_choose(const arguments *args, target_existing existing, const char *source,
                  target *chosen) {
  const char *path = args->text[OPTION_OUTPUT];
  *chosen = (target){.label = "standard output", .replaces = existing == EXISTING_IS_REPLACED};
  if (path == NULL || strcmp(path, "-") == 0) {
    return choose_descriptor(args, source, STDOUT_FILENO, chosen);
  }
  const int code = choose_path(args, path, source, chosen);
  return code == EXIT_OK ? check_existing(args, chosen) : code;
}

int target_choose_file(const arguments *args, const char *path, const char *source,
                       target *chosen) {
  *chosen = (target){0};
  if (strcmp(path, "-") == 0) {
    return fail(
        SS_INVALID_ARGUMENT,
        "expected a file to write to, got - for standard output; a file of that name is ./-");
  }
  const int code = choose_path(args, path, source, chosen);
  if (code != EXIT_OK) return code;
  if (chosen->kind == TARGET_FILE) return check_existing(args, chosen);
  return fail(SS_INVALID_ARGUMENT, "writing \"%s\": expected a file, got a pipe or a device", path);
}

/* ---- Opening and closing ------------------------------------------------------------------- */

static int open_temporary(target *self) {
  sigset_t before;
  const int needed = snprintf(self->temporary, sizeof self->temporary, "%s.XXXXXX", self->at.path);
  if (needed < 0 || (size_t)needed >= sizeof self->temporary) {
    return fail(SS_INVALID_ARGUMENT, "writing \"%s\": the file's name is too long", self->label);
  }
  interruption_block(&before);
  self->descriptor = mkostemp(self->temporary, O_CLOEXEC); /* mode 0600 */
  const bool opened = self->descriptor >= 0 && interruption_removes(self->temporary);
  const int code = opened ? EXIT_OK : fail_at(self, "writing");
  interruption_unblock(&before);
  return code;
}

int target_open(target *self) {
  if (self->kind == TARGET_DESCRIPTOR) return EXIT_OK;
  if (self->kind == TARGET_FILE) return open_temporary(self);
  self->descriptor = open(self->at.path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
  return self->descriptor >= 0 ? EXIT_OK : fail_at(self, "opening");
}

/* What came there meanwhile stays, unless it may be replaced. Not every file system can tell. */
static bool put_in_place(const target *self) {
  const char *from = self->temporary;
  const char *to = self->at.path;
  if (self->replaces) return rename(from, to) == 0;
  if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return true;
  return errno == EINVAL && link(from, to) == 0 && unlink(from) == 0;
}

/* So that the name lasts too. A file system that cannot sync a folder says EINVAL. */
static bool sync_folder(const char *path) {
  const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return false;
  const bool synced = fsync(folder) == 0 || errno == EINVAL;
  (void)close(folder);
  return synced;
}

static int close_file(target *self, int code) {
  if (code == EXIT_OK && fsync(self->descriptor) != 0) code = fail_at(self, "writing");
  if (close(self->descriptor) != 0 && code == EXIT_OK) code = fail_at(self, "writing");
  if (code == EXIT_OK && !put_in_place(self)) code = fail_at(self, "writing");
  if (code != EXIT_OK) (void)unlink(self->temporary);
  interruption_spares(self->temporary);
  if (code == EXIT_OK && !sync_folder(self->at.folder)) code = fail_at(self, "syncing");
  return code;
}

int target_close(target *self, int code) {
  if (self->kind == TARGET_DESCRIPTOR) return code;
  if (self->kind == TARGET_FILE) return close_file(self, code);
  if (close(self->descriptor) != 0 && code == EXIT_OK) return fail_at(self, "writing");
  return code;
}

int target_write(target *self, const void *data, size_t length) {
  int code = target_open(self);
  if (code != EXIT_OK) return code;
  code = write_all(self->descriptor, data, length, self->label);
  return target_close(self, code);
}
