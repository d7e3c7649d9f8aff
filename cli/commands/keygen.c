/* keygen: a fresh key. */
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "session/target.h"
#include "terminal/failure.h"
#include "terminal/numbers.h"

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

static int run_keygen(const arguments *args) {
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

const command command_keygen = {
    .name = "keygen",
    .summary = "make a new key",
    .details =
        "Prints a fresh random key as VERSION:BASE64, a line for a keys file or for\n"
        "SECRET_STORE_KEYS. With --output it goes to a new file that only its owner\n"
        "may read, and nothing is printed.",
    .examples =
        "secretstore keygen --output keys\n"
        "secretstore keygen --version 2 --output new-key\n",
    .options = EVERY_COMMAND | OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_FORCE) |
               OPTION_BIT(OPTION_VERSION_NUMBER),
    .run = run_keygen,
};
