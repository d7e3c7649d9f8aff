/* keygen: a fresh key. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "failure.h"
#include "numbers.h"
#include "target.h"

enum { LINE_CAPACITY = SS_KEY_TEXT_CAPACITY + 48 };

/* A file of keys is one that only --force overwrites: every secret under them would be lost. */
static int write_key(const arguments *args, int64_t version, const char *key, target *output) {
  char line[LINE_CAPACITY];
  const bool json = given(args, OPTION_JSON) && output->kind == TARGET_DESCRIPTOR;
  if (json) {
    (void)snprintf(line, sizeof line, "{\"version\":%lld,\"value\":\"%s\"}\n", (long long)version,
                   key);
  } else {
    (void)snprintf(line, sizeof line, "%lld:%s\n", (long long)version, key);
  }
  const int code = target_write(output, line, strlen(line));
  ss_wipe(line, sizeof line);
  return code;
}

int run_keygen(const arguments *args) {
  int64_t version = 1;
  target output;
  if (given(args, OPTION_VERSION_NUMBER) &&
      !parse_integer(args->text[OPTION_VERSION_NUMBER], SS_MAX_INTEGER, &version)) {
    (void)fail_usage("keygen", "--version: expected 0 to 2^53-1, got \"%s\"",
                     args->text[OPTION_VERSION_NUMBER]);
    return EXIT_USAGE;
  }
  char key[SS_KEY_TEXT_CAPACITY];
  ss_error error;
  int code = target_choose(args, EXISTING_NEEDS_FORCE, NULL, &output);
  if (code != EXIT_OK) return code;
  if (ss_generate_key(key, &error) != SS_OK) return fail_with(&error);
  code = write_key(args, version, key, &output);
  ss_wipe(key, sizeof key);
  return code;
}
