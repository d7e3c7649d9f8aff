/* Making and removing the folder of a trial. */
#include "session/trial.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "session/place.h"
#include "terminal/failure.h"
#include "terminal/interruption.h"

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

/* ---- What a crash left --------------------------------------------------------------------- */

/* The folder, open and locked: by that, a trial that goes on is told from one that a crash ended.
 * -1 if another process holds it, or it is gone. */
static int lock_folder(const char *folder, bool *locked) {
  struct stat information;
  const int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return -1;
  *locked = flock(descriptor, LOCK_EX | LOCK_NB) == 0;
  const bool is_taken = !*locked && errno == EWOULDBLOCK; /* else there are no such locks here */
  if (!is_taken && fstat(descriptor, &information) == 0 && information.st_nlink > 0) {
    return descriptor;
  }
  (void)close(descriptor);
  return -1;
}

static void remove_if_stale(const char *folder, const char *name) {
  trial_store stale = {0};
  bool locked = false;
  const int length = snprintf(stale.folder, sizeof stale.folder, "%s/%s", folder, name);
  if (length < 0 || (size_t)length >= sizeof stale.folder) return;
  (void)snprintf(stale.store, sizeof stale.store, "%s/store", stale.folder);
  const int descriptor = lock_folder(stale.folder, &locked);
  if (locked) for_each_path(&stale, remove_path);
  if (descriptor >= 0) (void)close(descriptor);
}

static void remove_stale(const place *store) {
  char prefix[PATH_MAX];
  const int length = snprintf(prefix, sizeof prefix, ".%s.trial.", store->name);
  DIR *entries = length < 0 ? NULL : opendir(store->folder);
  if (entries == NULL) return;
  for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
    if (strncmp(entry->d_name, prefix, (size_t)length) == 0) {
      remove_if_stale(store->folder, entry->d_name);
    }
  }
  (void)closedir(entries);
}

/* ---- A trial ------------------------------------------------------------------------------- */

static bool make_folder(const place *store, trial_store *begun) {
  bool locked = false;
  const int length = snprintf(begun->folder, sizeof begun->folder, "%s/.%s.trial.XXXXXX",
                              store->folder, store->name);
  if (length < 0 || (size_t)length >= sizeof begun->folder - sizeof "/store-journal") {
    errno = ENAMETOOLONG;
    return false;
  }
  if (mkdtemp(begun->folder) == NULL) return false;
  begun->lock = lock_folder(begun->folder, &locked);
  (void)snprintf(begun->store, sizeof begun->store, "%s/store", begun->folder);
  return true;
}

/* Before it is locked, another process may take the folder for a stale one: then
 * there is another. */
static bool begin_in(const place *store, trial_store *begun) {
  enum { ATTEMPTS = 100 };
  begun->lock = -1;
  for (int i = 0; i < ATTEMPTS && begun->lock < 0; i++) {
    if (!make_folder(store, begun)) return false;
  }
  if (begun->lock < 0) return false;
  for_each_path(begun, register_path);
  return true;
}

int trial_begin(const char *path, trial_store *begun) {
  sigset_t before;
  place store;
  *begun = (trial_store){0};
  bool made = place_find(path, &store);
  if (made) {
    remove_stale(&store);
    interruption_block(&before);
    made = begin_in(&store, begun);
    interruption_unblock(&before);
  }
  if (made) return EXIT_OK;
  begun->store[0] = '\0';
  return fail(SS_STORAGE_FAILED, "making the store \"%s\": %s", path, strerror(errno));
}

void trial_end(trial_store *self) {
  if (self->store[0] == '\0') return;
  for_each_path(self, remove_path);
  for_each_path(self, interruption_spares);
  (void)close(self->lock);
  *self = (trial_store){0};
}
