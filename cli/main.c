/* The secretstore command: finds the command, parses, runs. */
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "session/process.h"
#include "terminal/failure.h"

static bool asks_for_json(int count, char **words) {
  for (int i = 1; i < count; i++) {
    if (strcmp(words[i], "--json") == 0) return true;
    if (strcmp(words[i], "--") == 0) return false;
  }
  return false;
}

enum { NAMES_CAPACITY = 256 };

static int refuse_command(int count, char **words) {
  char names[NAMES_CAPACITY];
  if (command_family(all_commands, words[1], strlen(words[1]), names, sizeof names) == 0) {
    return fail(SS_INVALID_ARGUMENT, "no command \"%s\"; `secretstore help` lists them", words[1]);
  }
  const bool has_second = count > 2 && words[2][0] != '-';
  return fail(SS_INVALID_ARGUMENT, "no command \"%s%s%s\"; there are: %s", words[1],
              has_second ? " " : "", has_second ? words[2] : "", names);
}

/* A word behind the name of one of several commands that begin alike, where no name may be. */
static bool is_misspelt(const command *of, int name_words, int count, char **words) {
  char names[NAMES_CAPACITY];
  const int second = 1 + name_words;
  return name_words == 1 && of->positional == NULL && second < count && words[second][0] != '-' &&
         command_family(all_commands, of->name, strlen(of->name), names, sizeof names) > 1;
}

static int run_help(int count, char **words) {
  if (count < 3) {
    help_print_overview(all_commands);
    return EXIT_OK;
  }
  if (strcmp(words[2], "exit-codes") == 0) {
    help_print_exit_codes();
    return EXIT_OK;
  }
  int name_words = 0;
  const command *of = command_find(all_commands, count - 2, words + 2, &name_words);
  if (of == NULL || is_misspelt(of, name_words, count - 1, words + 1)) {
    return refuse_command(count - 1, words + 1);
  }
  help_print_command(of);
  return EXIT_OK;
}

static int run_command(int count, char **words) {
  int name_words = 0;
  const command *of = command_find(all_commands, count - 1, words + 1, &name_words);
  if (of == NULL || is_misspelt(of, name_words, count, words)) return refuse_command(count, words);
  arguments args;
  if (!arguments_parse(of, count - name_words, words + name_words, &args)) return EXIT_USAGE;
  args.commands = all_commands;
  if (given(&args, OPTION_HELP)) {
    help_print_command(of);
    return EXIT_OK;
  }
  return of->run(&args);
}

static int run_words(int count, char **words) {
  if (count < 2) {
    help_print_overview(all_commands);
    return EXIT_USAGE;
  }
  const char *first = words[1];
  if (strcmp(first, "help") == 0 || strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0) {
    return run_help(count, words);
  }
  if (strcmp(first, "version") == 0 || strcmp(first, "--version") == 0) {
    (void)printf("secretstore %s\n", ss_version_string());
    return EXIT_OK;
  }
  return run_command(count, words);
}

int main(int count, char **words) {
  process_protect();
  failure_use_json(asks_for_json(count, words));
  const int code = run_words(count, words);
  if (fflush(stdout) == 0 && ferror(stdout) == 0) return code;
  return fail(SS_STORAGE_FAILED, "writing to standard output failed");
}
