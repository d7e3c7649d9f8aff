/* Wiping buffers, reading and writing. */
#include "terminal/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "terminal/failure.h"

enum { FIRST_CAPACITY = 4096, READ_BYTES = 65536 };

void secret_bytes_clear(secret_bytes *self) {
  ss_wipe(self->data, self->capacity);
  free(self->data);
  *self = (secret_bytes){0};
}

/* Not realloc, which would leave the old bytes behind. */
static bool reserve(secret_bytes *self, size_t more) {
  if (more <= self->capacity - self->length) return true;
  size_t capacity = self->capacity == 0 ? FIRST_CAPACITY : self->capacity;
  while (capacity < self->length + more) capacity *= 2;
  unsigned char *grown = malloc(capacity);
  if (grown == NULL) return false;
  if (self->length > 0) memcpy(grown, self->data, self->length);
  ss_wipe(self->data, self->capacity);
  free(self->data);
  self->data = grown;
  self->capacity = capacity;
  return true;
}

int secret_bytes_append(secret_bytes *self, const void *data, size_t length) {
  if (!reserve(self, length)) return fail(SS_OUT_OF_MEMORY, "out of memory");
  if (length > 0) memcpy(self->data + self->length, data, length);
  self->length += length;
  return EXIT_OK;
}

int secret_bytes_read(secret_bytes *self, int descriptor, size_t limit, const char *what) {
  for (;;) {
    if (self->length > limit) {
      return fail(SS_VALUE_TOO_LARGE, "%s: expected at most %zu bytes, got more", what, limit);
    }
    if (!reserve(self, READ_BYTES)) return fail(SS_OUT_OF_MEMORY, "out of memory");
    const ssize_t count = read(descriptor, self->data + self->length, READ_BYTES);
    if (count == 0) return EXIT_OK;
    if (count > 0) {
      self->length += (size_t)count;
    } else if (errno != EINTR) {
      return fail(SS_STORAGE_FAILED, "reading %s: %s", what, strerror(errno));
    }
  }
}

int write_all(int descriptor, const void *data, size_t length, const char *what) {
  const unsigned char *rest = data;
  while (length > 0) {
    const ssize_t count = write(descriptor, rest, length);
    if (count > 0) {
      rest += count;
      length -= (size_t)count;
    } else if (count < 0 && errno != EINTR) {
      return fail(SS_STORAGE_FAILED, "writing %s: %s", what, strerror(errno));
    }
  }
  return EXIT_OK;
}

int secret_bytes_read_file(secret_bytes *self, const char *path, size_t limit, const char *option) {
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return fail(SS_STORAGE_FAILED, "%s \"%s\": %s", option, path, strerror(errno));
  }
  const int code = secret_bytes_read(self, descriptor, limit, path);
  (void)close(descriptor);
  return code;
}

int read_text_file(const char *option, const char *path, secret_bytes *text) {
  int code = strcmp(path, "-") == 0
                 ? secret_bytes_read(text, STDIN_FILENO, TEXT_FILE_MAX_BYTES, "standard input")
                 : secret_bytes_read_file(text, path, TEXT_FILE_MAX_BYTES, option);
  if (code == EXIT_OK) code = secret_bytes_append(text, "", 1);
  if (code == EXIT_OK) text->length--;
  return code;
}
