/* Comparing names letter by letter, with one row of the usual table. */
#include "options/nearest.h"

#include <string.h>

enum { NAME_MAX_LETTERS = 31 };

static int least(int a, int b) { return a < b ? a : b; }

static int edits(const char *a, size_t a_length, const char *b, size_t b_length) {
  int row[NAME_MAX_LETTERS + 1];
  for (size_t j = 0; j <= b_length; j++) row[j] = (int)j;
  for (size_t i = 0; i < a_length; i++) {
    int diagonal = row[0];
    row[0] = (int)i + 1;
    for (size_t j = 0; j < b_length; j++) {
      const int replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = least(replaced, least(row[j], row[j + 1]) + 1);
    }
  }
  return row[b_length];
}

int nearest_distance(const char *written, size_t length, const char *name) {
  const size_t name_length = strlen(name);
  if (length > 0 && strncmp(name, written, length) == 0) return 0;
  if (length > NAME_MAX_LETTERS || name_length > NAME_MAX_LETTERS) return NEAREST_TOO_FAR;
  return least(edits(written, length, name, name_length), NEAREST_TOO_FAR);
}
