/* exec: becomes another program, with a namespace's secrets in its environment. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "session/process.h"
#include "terminal/failure.h"
#include "transfer/pairs.h"

/* As shells have it. */
enum { EXIT_CANNOT_RUN = 126, EXIT_NO_SUCH_COMMAND = 127 };

/* The new environment: NAME=value texts of the secrets, and what was there under other names. */
typedef struct environment {
  char **texts; /* ends with NULL */
  size_t count;
  secret_bytes *owned; /* the secrets' texts */
  size_t owned_count;
} environment;

static void environment_clear(environment *self) {
  for (size_t i = 0; i < self->owned_count; i++) secret_bytes_clear(&self->owned[i]);
  free(self->owned);
  free((void *)self->texts);
}

static bool is_overridden(const pairs *secrets, const char *text) {
  const size_t length = strcspn(text, "=");
  for (size_t i = 0; i < secrets->count; i++) {
    const char *name = secrets->items[i].name;
    if (strlen(name) == length && strncmp(name, text, length) == 0) return true;
  }
  return false;
}

/* What holds keys, or says where they come from: not for the program that comes. */
static bool is_about_keys(const char *text) {
  static const char *const names[] = {"SECRET_STORE_KEYS", "SECRET_STORE_KEYS_FILE",
                                      "SECRET_STORE_KEYS_COMMAND"};
  const size_t length = strcspn(text, "=");
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strlen(names[i]) == length && strncmp(names[i], text, length) == 0) return true;
  }
  return false;
}

static int add_secret(environment *self, const pair *secret) {
  secret_bytes *text = &self->owned[self->owned_count++];
  int code = secret_bytes_append(text, secret->name, strlen(secret->name));
  if (code == EXIT_OK) code = secret_bytes_append(text, "=", 1);
  if (code == EXIT_OK) code = secret_bytes_append(text, secret->value.data, secret->value.length);
  if (code == EXIT_OK) code = secret_bytes_append(text, "", 1);
  if (code == EXIT_OK) self->texts[self->count++] = (char *)text->data;
  return code;
}

static int environment_make(environment *self, const pairs *secrets) {
  size_t inherited = 0;
  while (environ[inherited] != NULL) inherited++;
  *self = (environment){
      .texts = (char **)calloc(inherited + secrets->count + 1, sizeof *self->texts),
      .owned = calloc(secrets->count + 1, sizeof *self->owned),
  };
  if (self->texts == NULL || self->owned == NULL) return fail(SS_OUT_OF_MEMORY, "out of memory");
  for (size_t i = 0; i < inherited; i++) {
    if (is_about_keys(environ[i]) || is_overridden(secrets, environ[i])) continue;
    self->texts[self->count++] = environ[i];
  }
  int code = EXIT_OK;
  for (size_t i = 0; code == EXIT_OK && i < secrets->count; i++) {
    code = add_secret(self, &secrets->items[i]);
  }
  return code;
}

/* Comes back only if it fails. */
static int become(const arguments *args, const pairs *secrets) {
  environment made;
  int code = environment_make(&made, secrets);
  if (code == EXIT_OK) {
    process_restore();
    (void)execvpe(args->command_words[0], args->command_words, made.texts);
    const int reason = errno;
    process_protect();
    (void)fail(SS_INVALID_ARGUMENT, "running \"%s\": %s", args->command_words[0], strerror(reason));
    code = reason == ENOENT ? EXIT_NO_SUCH_COMMAND : EXIT_CANNOT_RUN;
  }
  environment_clear(&made);
  return code;
}

/* The store is closed before: nothing of it stays open in the other program. */
static int run_exec(const arguments *args) {
  session opened;
  pairs secrets = {0};
  if (!pairs_check_options("exec", args)) return EXIT_USAGE;
  int code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  code = pairs_read(&opened, args, true, &secrets);
  session_close(&opened);
  if (code == EXIT_OK) code = become(args, &secrets);
  pairs_clear(&secrets);
  return code;
}

const command command_exec = {
    .name = "exec",
    .takes_command = true,
    .summary = "run a command with a namespace's secrets in its environment",
    .details =
        "Becomes the command behind --, with the unexpired secrets of the namespace added\n"
        "to its environment; nothing is written anywhere. A name that no environment can\n"
        "hold is refused unless --map renames it, and so is one that a loader, shell or\n"
        "interpreter obeys (LD_*, PATH, NODE_OPTIONS). Variables that hold this program's\n"
        "own keys are taken out. Nothing is run if there is no secret to hand on. Exit code:\n"
        "the command's own; 127 and 126 if it is not there or cannot be run.",
    .examples =
        "secretstore exec --namespace acme:production -- ./server --port 8080\n"
        "secretstore exec --only DB_URL --map 'db/url=DB_URL' -- psql\n",
    .options = IN_A_NAMESPACE | OPTION_BIT(OPTION_ONLY) | OPTION_BIT(OPTION_PREFIX) |
               OPTION_BIT(OPTION_MAP) | OPTION_BIT(OPTION_ALLOW_UNSAFE_NAMES) |
               OPTION_BIT(OPTION_VERIFIED_READS),
    .run = run_exec,
};
