/* The suite of all back ends, run on SQLite. */
#include <stdio.h>

#include "conformance.h"

static void prepare(test_folder *folder, char *path, size_t capacity) {
  *folder = test_folder_new();
  (void)snprintf(path, capacity, "%s", test_path(folder, "store.db"));
}

int main(void) {
  const conformance_back_end sqlite = {prepare, test_folder_remove};
  return conformance_run(&sqlite);
}
