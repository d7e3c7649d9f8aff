/* keygen: a fresh key. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "commands.h"
#include "failure.h"
#include "numbers.h"

enum { LINE_CAPACITY = SS_KEY_TEXT_CAPACITY + 48 };

/* Only a new file: overwriting a keys file would lose every secret under its keys. */
static int write_new_file(const char *path, const char *line) {
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  const int descriptor = open(path, flags, S_IRUSR | S_IWUSR);
  if (descriptor < 0) {
    return fail(SS_STORAGE_FAILED, "--output \"%s\": %s", path, strerror(errno));
  }
  int code = write_all(descriptor, line, strlen(line), path);
  if (code == EXIT_OK && fsync(descriptor) != 0) {
    code = fail(SS_STORAGE_FAILED, "--output \"%s\": %s", path, strerror(errno));
  }
  (void)close(descriptor);
  return code;
}

static int write_key(const arguments *args, int64_t version, const char *key) {
  char line[LINE_CAPACITY];
  const bool json = given(args, OPTION_JSON) && !given(args, OPTION_OUTPUT);
  if (json) {
    (void)snprintf(line, sizeof line, "{\"version\":%lld,\"value\":\"%s\"}\n", (long long)version,
                   key);
  } else {
    (void)snprintf(line, sizeof line, "%lld:%s\n", (long long)version, key);
  }
  const int code = given(args, OPTION_OUTPUT)
                       ? write_new_file(args->text[OPTION_OUTPUT], line)
                       : write_all(STDOUT_FILENO, line, strlen(line), "standard output");
  ss_wipe(line, sizeof line);
  return code;
}

int run_keygen(const arguments *args) {
  int64_t version = 1;
  if (given(args, OPTION_VERSION_NUMBER) &&
      !parse_integer(args->text[OPTION_VERSION_NUMBER], SS_MAX_INTEGER, &version)) {
    (void)fail_usage("keygen", "--version: expected 0 to 2^53-1, got \"%s\"",
                     args->text[OPTION_VERSION_NUMBER]);
    return EXIT_USAGE;
  }
  char key[SS_KEY_TEXT_CAPACITY];
  ss_error error;
  if (ss_generate_key(key, &error) != SS_OK) return fail_with(&error);
  const int code = write_key(args, version, key);
  ss_wipe(key, sizeof key);
  return code;
}
