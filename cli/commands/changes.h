/* What put, update and rm take of a secret's fields, from their options. */
#ifndef CLI_CHANGES_H
#define CLI_CHANGES_H

#include "options/options.h"

typedef struct field_changes {
  ss_change metadata;
  ss_change ttl;
  int64_t ttl_ms;
  ss_change expires_at_change;
  int64_t expires_at;
  int64_t if_revision;
} field_changes;

/* False after printing what was wrong. */
bool parse_changes(const char *command_name, const arguments *args, field_changes *changes);
/* Of --if-revision and --create-only alone. */
bool parse_revision(const char *command_name, const arguments *args, int64_t *if_revision);

/* Prints ", expires" and when, unless it never does. */
void print_expiry(int64_t expires_at);

#endif
