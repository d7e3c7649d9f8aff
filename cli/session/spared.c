/* Comparing a file with those of the call: by device and inode, and by folder and name where one is
 * not there yet, as a database's log is not. */
#include "session/spared.h"

#include <stdlib.h>

static bool leads_to(const char *path, const place *file) {
  place found;
  return path != NULL && place_find(path, &found) && place_is_same(&found, file);
}

static const char *store_path(const arguments *args) {
  return given(args, OPTION_STORE) ? args->text[OPTION_STORE] : getenv("SECRET_STORE_PATH");
}

static bool is_store(const char *path, const place *file) {
  static const char *const endings[] = {"-wal", "-shm", "-journal"};
  place store;
  place beside;
  if (path == NULL || path[0] == '\0' || !place_find(path, &store)) return false;
  if (place_is_same(&store, file)) return true;
  for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
    if (place_beside(&store, endings[i], &beside) && place_is_same(&beside, file)) return true;
  }
  return false;
}

const char *spared_name(const arguments *args, const char *source, const place *file) {
  static const struct {
    option_id option;
    const char *name;
  } read[] = {{OPTION_KEYS_FILE, "its keys file"},
              {OPTION_TRANSFER_KEYS, "its transfer keys file"},
              {OPTION_POLICY, "its policy"},
              {OPTION_ANCHOR, "its anchor"}};
  if (is_store(store_path(args), file)) return "a file of its store";
  if (is_store(source, file)) return "a file that it reads";
  for (size_t i = 0; i < sizeof read / sizeof read[0]; i++) {
    if (leads_to(args->text[read[i].option], file)) return read[i].name;
  }
  return NULL;
}
