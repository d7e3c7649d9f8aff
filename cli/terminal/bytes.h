/* Bytes that may be secret on their way in or out: a buffer that wipes whatever it leaves behind,
 * and reading and writing without stdio, whose buffers nobody wipes. */
#ifndef CLI_BYTES_H
#define CLI_BYTES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct secret_bytes {
  unsigned char *data;
  size_t length;
  size_t capacity;
} secret_bytes;

/* The most that read_text_file takes. */
enum { TEXT_FILE_MAX_BYTES = 1 << 30 };

/* These give exit codes, and print what failed; what names the source or target. */
int secret_bytes_append(secret_bytes *self, const void *data, size_t length);
int secret_bytes_read(secret_bytes *self, int descriptor, size_t limit, const char *what);
/* A whole file. option names it. */
int secret_bytes_read_file(secret_bytes *self, const char *path, size_t limit, const char *option);
/* The same, or standard input for -, with a NUL beyond its length. */
int read_text_file(const char *option, const char *path, secret_bytes *text);
int write_all(int descriptor, const void *data, size_t length, const char *what);
void secret_bytes_clear(secret_bytes *self);

#endif
