/* Making and removing the folder of a trial. */
#include "trial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"
#include "interruption.h"
#include "place.h"

/* What SQLite may make of the store's name. */
static const char *const endings[] = {"", "-journal", "-wal", "-shm"};
enum { ENDINGS_COUNT = sizeof endings / sizeof endings[0] };

/* Calls act with each path of the trial: the files, then the folder. */
static void for_each_path(const trial_store *self, void (*act)(const char *path)) {
  char path[PATH_MAX];
  for (int i = 0; i < ENDINGS_COUNT; i++) {
    const int length = snprintf(path, sizeof path, "%s%s", self->store, endings[i]);
    if (length >= 0 && (size_t)length < sizeof path) act(path);
  }
  act(self->folder);
}

static void register_path(const char *path) { (void)interruption_removes(path); }

static void remove_path(const char *path) {
  if (unlink(path) != 0) (void)rmdir(path);
}

static bool name_folder(const char *path, trial_store *begun) {
  place at;
  if (!place_find(path, &at)) return false;
  const int length =
      snprintf(begun->folder, sizeof begun->folder, "%s/.%s.trial.XXXXXX", at.folder, at.name);
  if (length >= 0 && (size_t)length < sizeof begun->folder - sizeof "/store-journal") return true;
  errno = ENAMETOOLONG;
  return false;
}

int trial_begin(const char *path, trial_store *begun) {
  sigset_t before;
  *begun = (trial_store){0};
  bool made = name_folder(path, begun);
  interruption_block(&before);
  made = made && mkdtemp(begun->folder) != NULL;
  if (made) {
    (void)snprintf(begun->store, sizeof begun->store, "%s/store", begun->folder);
    for_each_path(begun, register_path);
  }
  interruption_unblock(&before);
  return made ? EXIT_OK
              : fail(SS_STORAGE_FAILED, "making the store \"%s\": %s", path, strerror(errno));
}

void trial_end(trial_store *self) {
  if (self->store[0] == '\0') return;
  for_each_path(self, remove_path);
  for_each_path(self, interruption_spares);
  *self = (trial_store){0};
}
