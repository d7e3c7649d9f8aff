/* Parsing with getopt_long, from the tables. Options may stand before or after the name. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "failure.h"
#include "options.h"

/* Whether words begin with the words of name, which single spaces part; how many those are. */
static int match_name(const char *name, int count, char **words) {
  int matched = 0;
  while (matched < count) {
    const size_t length = strcspn(name, " ");
    if (strncmp(words[matched], name, length) != 0 || words[matched][length] != '\0') return 0;
    matched++;
    if (name[length] == '\0') return matched;
    name += length + 1;
  }
  return 0;
}

const command *command_find(int count, char **words, int *name_words) {
  for (int i = 0; i < command_count; i++) {
    *name_words = match_name(commands[i].name, count, words);
    if (*name_words > 0) return &commands[i];
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

/* What stands behind the first --, which then ends the words to parse. */
static bool take_command(const command *of, int *count, char **words, arguments *parsed) {
  int separator = 1;
  while (separator < *count && strcmp(words[separator], "--") != 0) separator++;
  if (separator + 1 < *count) parsed->command_words = &words[separator + 1];
  bool asks_for_help = false;
  for (int i = 1; i < separator; i++) {
    asks_for_help = asks_for_help || strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0;
  }
  *count = separator;
  if (parsed->command_words != NULL || asks_for_help) return true;
  return fail_usage(of->name, "expected -- and a command behind it, got none");
}

static bool keep_context(const command *of, arguments *parsed) {
  if (optarg == NULL || strchr(optarg, '=') == NULL || optarg[0] == '=') {
    return fail_usage(of->name, "--context: expected KEY=VALUE, got \"%s\"",
                      optarg == NULL ? "" : optarg);
  }
  if (parsed->context_count == CONTEXTS_MAX) {
    return fail_usage(of->name, "--context: expected at most %d of them", CONTEXTS_MAX);
  }
  parsed->contexts[parsed->context_count++] = optarg;
  return true;
}

bool arguments_parse(const command *of, int count, char **words, arguments *parsed) {
  struct option known[OPTION_COUNT + 1];
  *parsed = (arguments){0};
  if (of->takes_command && !take_command(of, &count, words, parsed)) return false;
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
      if (found - 1 == OPTION_CONTEXT && !keep_context(of, parsed)) return false;
    }
  }
  return take_positional(of, count, words, parsed);
}
