/* Parsing, from the tables. Options may stand before or after the name, and are written out: what
 * getopt_long takes for an abbreviation may mean another option in the next version. */
#include <stdio.h>
#include <string.h>

#include "options/nearest.h"
#include "options/options.h"
#include "terminal/failure.h"

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

const command *command_find(const command *const *commands, int count, char **words,
                            int *name_words) {
  const command *found = NULL;
  *name_words = 0;
  for (int i = 0; commands[i] != NULL; i++) {
    const int matched = match_name(commands[i]->name, count, words);
    if (matched <= *name_words) continue;
    *name_words = matched;
    found = commands[i];
  }
  return found;
}

bool command_begins_with(const command *of, const char *word, size_t length) {
  return strncmp(of->name, word, length) == 0 &&
         (of->name[length] == ' ' || of->name[length] == '\0');
}

int command_family(const command *const *commands, const char *word, size_t length, char *names,
                   size_t capacity) {
  size_t written = 0;
  int count = 0;
  names[0] = '\0';
  for (int i = 0; commands[i] != NULL; i++) {
    if (!command_begins_with(commands[i], word, length) || written >= capacity) continue;
    const int more = snprintf(names + written, capacity - written, "%s%s", count == 0 ? "" : ", ",
                              commands[i]->name);
    if (more > 0) written += (size_t)more;
    count++;
  }
  return count;
}

/* ---- Options ------------------------------------------------------------------------------- */

/* What stands behind the dashes, up to the end or the =: the rest may be a secret. */
static size_t option_length(const char *word) { return strcspn(word, "="); }

static bool takes_option(const command *of, int id) { return (of->options & OPTION_BIT(id)) != 0; }

static bool is_option(const char *word) { return word[0] == '-' && word[1] != '\0'; }

/* The option of that name, which must be whole; OPTION_COUNT if the command takes none. */
static int find_option(const command *of, const char *name, size_t length) {
  for (int id = 0; id < OPTION_COUNT; id++) {
    const char *known = option_descriptions[id].name;
    if (takes_option(of, id) && strlen(known) == length && strncmp(known, name, length) == 0) {
      return id;
    }
  }
  return OPTION_COUNT;
}

static bool refuse_option(const command *of, const char *word) {
  if (strncmp(word, "--", 2) != 0) {
    return fail_usage(of->name,
                      "expected options that begin with two dashes, got one with a single one");
  }
  const char *name = word + 2;
  const size_t length = option_length(name);
  const char *nearest = NULL;
  int least = NEAREST_TOO_FAR;
  for (int id = 0; id < OPTION_COUNT; id++) {
    if (!takes_option(of, id)) continue;
    const int distance = nearest_distance(name, length, option_descriptions[id].name);
    if (distance >= least) continue;
    nearest = option_descriptions[id].name;
    least = distance;
  }
  return fail_usage(of->name, "option --%.*s: not one that this command takes%s%s%s", (int)length,
                    name, nearest == NULL ? "" : "; did you mean --",
                    nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?");
}

static bool keep_context(const command *of, const char *word, arguments *parsed) {
  const char *equals = strchr(word, '=');
  if (equals == NULL || equals == word) {
    return fail_usage(of->name, "--context: expected KEY=VALUE, got \"%s\"", word);
  }
  if (parsed->context_count == CONTEXTS_MAX) {
    return fail_usage(of->name, "--context: expected at most %d of them", CONTEXTS_MAX);
  }
  parsed->contexts[parsed->context_count++] = word;
  return true;
}

/* Takes the option at words[*at] and its argument, behind a = or as the next word, and leaves *at
 * at the last word that it took. */
static bool take_option(const command *of, int count, char **words, int *at, arguments *parsed) {
  const char *word = words[*at];
  const bool asks_for_help = strcmp(word, "-h") == 0;
  const char *name = asks_for_help ? option_descriptions[OPTION_HELP].name : word + 2;
  const size_t length = option_length(name);
  const int id =
      asks_for_help || strncmp(word, "--", 2) == 0 ? find_option(of, name, length) : OPTION_COUNT;
  if (id == OPTION_COUNT) return refuse_option(of, word);
  const char *argument = name[length] == '=' ? name + length + 1 : NULL;
  const bool takes_argument = option_descriptions[id].argument != NULL;
  if (!takes_argument && argument != NULL) {
    return fail_usage(of->name, "option --%.*s: expected no argument, got one", (int)length, name);
  }
  if (takes_argument && argument == NULL && *at + 1 < count) argument = words[++*at];
  if (takes_argument && argument == NULL) {
    return fail_usage(of->name, "option %s: expected an argument after it, got none", word);
  }
  parsed->text[id] = argument == NULL ? "" : argument;
  return id != OPTION_CONTEXT || keep_context(of, parsed->text[id], parsed);
}

/* ---- Other words --------------------------------------------------------------------------- */

static bool check_positional(const command *of, int positionals, const arguments *parsed) {
  if (positionals > 0 && of->positional == NULL) {
    return fail_usage(of->name, "expected no name, got \"%s\"", parsed->positional);
  }
  if (positionals > 1 && strcmp(of->positional, "NAME") != 0) {
    return fail_usage(of->name, "expected one %s, got more words", of->positional);
  }
  if (positionals > 1) {
    /* Not printed: the most likely extra word is a secret. */
    return fail_usage(of->name,
                      "expected one %s, got more words; a secret's value is never given on the "
                      "command line, where other users can read it: use standard input or --file",
                      of->positional);
  }
  if (!given(parsed, OPTION_HELP) && of->positional != NULL && positionals == 0) {
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

bool arguments_parse(const command *of, int count, char **words, arguments *parsed) {
  int positionals = 0;
  bool options_end = false;
  *parsed = (arguments){0};
  if (of->takes_command && !take_command(of, &count, words, parsed)) return false;
  for (int at = 1; at < count; at++) {
    if (options_end || !is_option(words[at])) {
      if (positionals++ == 0) parsed->positional = words[at];
    } else if (strcmp(words[at], "--") == 0) {
      options_end = true;
    } else if (!take_option(of, count, words, &at, parsed)) {
      return false;
    }
  }
  return check_positional(of, positionals, parsed);
}
