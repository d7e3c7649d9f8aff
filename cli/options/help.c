/* Help texts, made from the tables. */
#include <stdio.h>
#include <string.h>

#include "options/options.h"

enum { OPTION_COLUMN = 26, LINE_WIDTH = 96 };

const named_meaning environment_variables[] = {
    {"SECRET_STORE_PATH", "the store, where --store is not given"},
    {"SECRET_STORE_KEYS", "VERSION:BASE64,VERSION:BASE64; the first is active; --keys-file wins"},
    {"NO_COLOR", "no colours on a terminal"},
    {NULL, NULL},
};

const named_meaning exit_codes[] = {
    {"0", "success"},
    {"1",
     "a negative answer: has says false; get, update, rm, accept: not there or expired; exec, "
     "export: "
     "no secret to hand on"},
    {"2", "a mistake in the call: options, arguments, limits, no keys given"},
    {"3",
     "a conflict: --if-revision or --create-only did not hold, a secret is there already, or "
     "secrets "
     "are under the key that is to be retired"},
    {"4", "keys: the wrong one, or the one that a secret needs is not configured"},
    {"5",
     "integrity: something stored was changed or damaged (verify: tampered), or the store is older "
     "than its anchor or least epoch"},
    {"6", "the policy refused or failed"},
    {"7",
     "storage: no such file, no space, no permission, locked for too long, output that failed"},
    {"8", "anything else"},
    {"9",
     "unprovable: verify, backup, restore found nothing that was tampered with, and could not "
     "check "
     "all of it"},
    {NULL, NULL},
};

/* What stands behind a command's name in its usage. */
static const char *operand_of(const command *of) {
  if (of->takes_command) return "-- COMMAND";
  return of->positional == NULL ? "" : of->positional;
}

static void print_meanings(const named_meaning *meanings, int width) {
  for (; meanings->name != NULL; meanings++) {
    (void)printf("  %-*s %s\n", width, meanings->name, meanings->meaning);
  }
}

void help_print_overview(const command *const *commands) {
  (void)printf(
      "secretstore %s: an encrypted secret store in one file\n\n"
      "usage: secretstore COMMAND [NAME] [OPTIONS]\n\ncommands:\n",
      ss_version_string());
  for (int i = 0; commands[i] != NULL; i++) {
    const command *of = commands[i];
    char usage[32];
    (void)snprintf(usage, sizeof usage, "%s %s", of->name, operand_of(of));
    (void)printf("  %-20s %s\n", usage, of->summary);
  }
  (void)printf(
      "\n  help COMMAND         what a command takes, with examples\n"
      "  help exit-codes      what the exit codes mean\n"
      "  version              the version\n\n"
      "environment:\n");
  print_meanings(environment_variables, 19);
}

/* Words of text, wrapped, with following lines indented to the column. */
static void print_wrapped(const char *text) {
  size_t column = OPTION_COLUMN + 2;
  while (*text != '\0') {
    const size_t word = strcspn(text, " ");
    if (column + word > LINE_WIDTH) {
      (void)printf("\n%*s", OPTION_COLUMN + 2, "");
      column = OPTION_COLUMN + 2;
    }
    (void)printf("%.*s", (int)word, text);
    column += word;
    text += word;
    if (*text == ' ') {
      (void)printf(" ");
      column++;
      text++;
    }
  }
  (void)printf("\n");
}

void help_print_command(const command *of) {
  const char *operand = operand_of(of);
  (void)printf("usage: secretstore %s%s%s%s\n\n%s.\n\n%s\n\noptions:\n", of->name,
               of->takes_command    ? " [OPTIONS] "
               : operand[0] == '\0' ? ""
                                    : " ",
               operand, of->takes_command ? " [ARGUMENT]..." : " [OPTIONS]", of->summary,
               of->details);
  for (int id = 0; id < OPTION_COUNT; id++) {
    if ((of->options & OPTION_BIT(id)) == 0) continue;
    const option_description *option = &option_descriptions[id];
    char usage[64];
    (void)snprintf(usage, sizeof usage, "--%s %s", option->name,
                   option->argument == NULL ? "" : option->argument);
    (void)printf("  %-*s", OPTION_COLUMN, usage);
    print_wrapped(option->help);
  }
  (void)printf("\nexamples:\n");
  for (const char *line = of->examples; *line != '\0';) {
    const size_t length = strcspn(line, "\n");
    (void)printf("  %.*s\n", (int)length, line);
    line += length + (line[length] == '\n');
  }
}

void help_print_exit_codes(void) {
  (void)printf("exit codes:\n");
  print_meanings(exit_codes, 2);
}
