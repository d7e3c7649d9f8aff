/* Parsing with getopt_long, from the tables. Options may stand before or after the name. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "failure.h"
#include "options.h"

const command *command_find(const char *name) {
  for (int i = 0; i < command_count; i++) {
    if (strcmp(commands[i].name, name) == 0) return &commands[i];
  }
  return NULL;
}

/* getopt_long's table: the options that the command takes, val = id + 1. */
static void fill_long_options(const command *of, struct option *known) {
  int count = 0;
  for (int id = 0; id < OPTION_COUNT; id++) {
    if ((of->options & OPTION_BIT(id)) == 0) continue;
    known[count++] = (struct option){
        .name = option_descriptions[id].name,
        .has_arg = option_descriptions[id].argument == NULL ? no_argument : required_argument,
        .val = id + 1,
    };
  }
  known[count] = (struct option){0};
}

static bool refuse_option(const command *of, int problem, char **words) {
  const char *word = words[optind - 1];
  if (problem == ':') {
    return fail_usage(of->name, "option %s: expected an argument after it, got none", word);
  }
  return fail_usage(of->name, "option %s: not one that this command takes", word);
}

static bool take_positional(const command *of, int count, char **words, arguments *parsed) {
  if (optind < count) parsed->positional = words[optind++];
  if (parsed->positional != NULL && of->positional == NULL) {
    return fail_usage(of->name, "expected no name, got \"%s\"", parsed->positional);
  }
  if (optind < count) {
    /* Not printed: the most likely extra word is a secret. */
    return fail_usage(of->name,
                      "expected one %s, got more words; a secret's value is never given on the "
                      "command line, where other users can read it: use standard input or --file",
                      of->positional);
  }
  const bool help = given(parsed, OPTION_HELP);
  if (!help && of->positional != NULL && parsed->positional == NULL) {
    return fail_usage(of->name, "expected a %s, got none", of->positional);
  }
  return true;
}

bool arguments_parse(const command *of, int count, char **words, arguments *parsed) {
  struct option known[OPTION_COUNT + 1];
  *parsed = (arguments){0};
  fill_long_options(of, known);
  opterr = 0;
  optind = 1;
  for (int found; (found = getopt_long(count, words, ":h", known, NULL)) != -1;) {
    if (found == 'h') {
      parsed->text[OPTION_HELP] = "";
    } else if (found == ':' || found == '?') {
      return refuse_option(of, found, words);
    } else {
      parsed->text[found - 1] = optarg == NULL ? "" : optarg;
    }
  }
  return take_positional(of, count, words, parsed);
}
