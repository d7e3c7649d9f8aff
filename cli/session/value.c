/* A secret's value on its way in. */
#include "session/value.h"

#include <string.h>
#include <unistd.h>

#include "secretstore/secretstore.h"
#include "terminal/failure.h"
#include "terminal/prompt.h"

static int read_source(const char *file, secret_bytes *value) {
  const bool is_file = file != NULL && strcmp(file, "-") != 0;
  if (is_file) return secret_bytes_read_file(value, file, SS_CEILING_MAX_VALUE_BYTES, "--file");
  if (file == NULL && isatty(STDIN_FILENO)) return prompt_for_value(value);
  return secret_bytes_read(value, STDIN_FILENO, SS_CEILING_MAX_VALUE_BYTES, "standard input");
}

int read_value(const char *file, bool trim_newline, secret_bytes *value) {
  const int code = read_source(file, value);
  if (code != EXIT_OK || !trim_newline) return code;
  if (value->length > 0 && value->data[value->length - 1] == '\n') value->length--;
  if (value->length > 0 && value->data[value->length - 1] == '\r') value->length--;
  return EXIT_OK;
}
