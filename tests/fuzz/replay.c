/* Runs a fuzz target on every file of the folders that are named: for tests without a fuzzer. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

static int replay_file(const char *folder, const char *name) {
  char path[1024];
  (void)snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  if (file == NULL) return 1;
  unsigned char *data = malloc(4 << 20);
  const size_t length = data == NULL ? 0 : fread(data, 1, 4 << 20, file);
  (void)fclose(file);
  (void)LLVMFuzzerTestOneInput(data, length);
  free(data);
  return 0;
}

int main(int count, char **folders) {
  int replayed = 0;
  for (int i = 1; i < count; i++) {
    DIR *opened = opendir(folders[i]);
    if (opened == NULL) {
      (void)fprintf(stderr, "expected a folder, got %s\n", folders[i]);
      return 1;
    }
    for (struct dirent *entry; (entry = readdir(opened)) != NULL;) {
      if (entry->d_name[0] == '.') continue;
      if (replay_file(folders[i], entry->d_name) != 0) return 1;
      replayed++;
    }
    (void)closedir(opened);
  }
  (void)printf("replayed %d inputs\n", replayed);
  return replayed > 0 ? 0 : 1;
}
