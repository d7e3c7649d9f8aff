/* The secretstore command: finds the command, parses, runs. */
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "session/process.h"
#include "terminal/failure.h"

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
  if (of == NULL) return fail(SS_INVALID_ARGUMENT, "help: no command \"%s\"", words[2]);
  help_print_command(of);
  return EXIT_OK;
}

static bool asks_for_json(int count, char **words) {
  for (int i = 1; i < count; i++) {
    if (strcmp(words[i], "--json") == 0) return true;
    if (strcmp(words[i], "--") == 0) return false;
  }
  return false;
}

static int run_command(int count, char **words) {
  int name_words = 0;
  const command *of = command_find(all_commands, count - 1, words + 1, &name_words);
  if (of == NULL) {
    return fail(SS_INVALID_ARGUMENT, "no command \"%s\"; `secretstore help` lists them", words[1]);
  }
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
