/* Names and values on their way between a store and an environment. The values are wiped. */
#ifndef CLI_PAIRS_H
#define CLI_PAIRS_H

#include "session/session.h"
#include "terminal/bytes.h"

typedef struct pair {
  char *name;
  char *secret; /* what the secret is called in its store; NULL if it comes from elsewhere */
  int line;     /* of the file that it stands in; 0 if it comes from a store */
  secret_bytes value;
} pair;

typedef struct pairs {
  pair *items;
  size_t count;
  size_t capacity;
} pairs;

/* Copies both. Gives an exit code. */
int pairs_add(pairs *self, const char *name, size_t name_length, const void *value,
              size_t value_length);
/* NULL if there is none of that name. */
const pair *pairs_find(const pairs *self, const char *name);
void pairs_clear(pairs *self);

/* Letters, digits and underscores, no digit first: POSIX.1-2017, 8.1. */
bool is_environment_name(const char *name);

/* That --only and --map are well formed. False after printing what is wrong. */
bool pairs_check_options(const char *command_name, const arguments *args);
/* Reads the unexpired secrets of the namespace, those of --only if it is given, and names them as
 * --map and --prefix say; there must be one, and each name in --map among them. for_environment:
 * names must be environment names, and none that a loader or interpreter obeys unless
 * --allow-unsafe-names is given, and values have no NUL. Gives an exit code. */
int pairs_read(session *opened, const arguments *args, bool for_environment, pairs *found);

#endif
