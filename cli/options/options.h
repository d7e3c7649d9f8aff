/* The command line's options: one table describes each once, and a command names those it takes.
 * Parsing, help texts, completion and the manual page all come from these tables. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "secretstore/secretstore.h"

typedef enum option_id {
  OPTION_STORE,
  OPTION_NAMESPACE,
  OPTION_KEYS_FILE,
  OPTION_ACTOR,
  OPTION_JSON,
  OPTION_VERBOSE,
  OPTION_HELP,
  OPTION_FILE,
  OPTION_OUTPUT,
  OPTION_TRIM_NEWLINE,
  OPTION_METADATA,
  OPTION_NO_METADATA,
  OPTION_TTL,
  OPTION_NO_EXPIRY,
  OPTION_EXPIRES_AT,
  OPTION_IF_REVISION,
  OPTION_CREATE_ONLY,
  OPTION_LIMIT,
  OPTION_CURSOR,
  OPTION_ALL,
  OPTION_ORDER,
  OPTION_NAME,
  OPTION_TYPE,
  OPTION_SECRET_ID,
  OPTION_VERSION_NUMBER,
  OPTION_FROM,
  OPTION_SECRETS_RETENTION,
  OPTION_EVENTS_RETENTION,
  OPTION_EXPECT_HEAD,
  OPTION_FORMAT,
  OPTION_TRANSFER_KEYS,
  OPTION_EXISTING,
  OPTION_DRY_RUN,
  OPTION_PARTIAL,
  OPTION_ONLY,
  OPTION_PREFIX,
  OPTION_MAP,
  OPTION_POLICY,
  OPTION_CONTEXT,
  OPTION_LANGUAGE,
  OPTION_CASES,
  OPTION_FORCE,
  OPTION_ALLOW_EMPTY,
  OPTION_ALLOW_UNSAFE_NAMES,
  OPTION_ANCHOR,
  OPTION_LEAST_EPOCH,
  OPTION_VERIFIED_READS,
  OPTION_ALLOW_GROUP,
  OPTION_PURGE,
  OPTION_STORE_LOG,
  OPTION_UNVERIFIED,
  OPTION_ABANDON,
  OPTION_INIT,
  OPTION_NEW_ANCHOR,
  OPTION_EVENTS_MIN_RETENTION,
  OPTION_DRAIN_AFTER,
  OPTION_COUNT
} option_id;

typedef struct option_description {
  const char *name;     /* without the dashes */
  const char *argument; /* what stands for its argument in help; NULL: takes none */
  const char *help;
} option_description;

extern const option_description option_descriptions[OPTION_COUNT];

typedef struct command command;

enum { CONTEXTS_MAX = 32 };

/* The arguments of one run: text[id] is an option's argument ("" if it takes none), NULL if it was
 * not given. */
typedef struct arguments {
  const char *text[OPTION_COUNT];
  const char *positional;             /* the one a command may take, or NULL */
  const char *contexts[CONTEXTS_MAX]; /* --context, as often as it was given */
  int context_count;
  char **command_words; /* what stands behind --, ending with NULL; NULL if nothing may */
  /* All commands there are, ending with NULL: for those that describe them. */
  const command *const *commands;
} arguments;

static inline bool given(const arguments *args, option_id id) { return args->text[id] != NULL; }

/* ---- Commands ------------------------------------------------------------------------------ */

#define OPTION_BIT(id) (UINT64_C(1) << (id))

/* What many commands take. */
#define EVERY_COMMAND (OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_HELP))
#define ON_A_STORE                                                                           \
  (EVERY_COMMAND | OPTION_BIT(OPTION_STORE) | OPTION_BIT(OPTION_KEYS_FILE) |                 \
   OPTION_BIT(OPTION_ACTOR) | OPTION_BIT(OPTION_CONTEXT) | OPTION_BIT(OPTION_POLICY) |       \
   OPTION_BIT(OPTION_VERBOSE) | OPTION_BIT(OPTION_ANCHOR) | OPTION_BIT(OPTION_LEAST_EPOCH) | \
   OPTION_BIT(OPTION_ALLOW_GROUP))
#define IN_A_NAMESPACE (ON_A_STORE | OPTION_BIT(OPTION_NAMESPACE))
#define METADATA_AND_EXPIRY                                                                \
  (OPTION_BIT(OPTION_METADATA) | OPTION_BIT(OPTION_NO_METADATA) | OPTION_BIT(OPTION_TTL) | \
   OPTION_BIT(OPTION_NO_EXPIRY) | OPTION_BIT(OPTION_IF_REVISION))
#define PAGES (OPTION_BIT(OPTION_LIMIT) | OPTION_BIT(OPTION_CURSOR) | OPTION_BIT(OPTION_ALL))

struct command {
  const char *name;       /* one word, or two as in "audit head" */
  const char *positional; /* what it takes, as in "NAME"; NULL: nothing */
  bool takes_command;     /* behind --, another program and its arguments */
  const char *summary;
  const char *details; /* paragraphs for --help */
  const char *examples;
  uint64_t options; /* OPTION_BITs */
  int (*run)(const arguments *args);
};

/* The one of commands, which end with NULL, that the words begin with, that of the longest name
 * where they begin with several, and how many of them are its name; NULL: none. */
const command *command_find(const command *const *commands, int count, char **words,
                            int *name_words);

/* Whether the first word of a command's name is that one. */
bool command_begins_with(const command *command, const char *word, size_t length);
/* The names of those that do, as in "audit head, audit anchor"; how many there are. */
int command_family(const command *const *commands, const char *word, size_t length, char *names,
                   size_t capacity);

/* Parses what follows the command's name. False after printing what was wrong. */
bool arguments_parse(const command *command, int count, char **words, arguments *parsed);

void help_print_overview(const command *const *commands);
void help_print_command(const command *command);
void help_print_exit_codes(void);

/* The names of the environment variables and what they mean, and of the exit codes. */
typedef struct named_meaning {
  const char *name;
  const char *meaning;
} named_meaning;
extern const named_meaning environment_variables[]; /* both end with a NULL name */
extern const named_meaning exit_codes[];

#endif
