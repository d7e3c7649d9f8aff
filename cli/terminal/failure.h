/* How the command fails: one sentence on standard error, and an exit code by kind. */
#ifndef CLI_FAILURE_H
#define CLI_FAILURE_H

#include <stdbool.h>

#include "secretstore/secretstore.h"

/* Documented in docs/cli.md and by `secretstore help exit-codes`. */
enum {
  EXIT_OK = 0,
  EXIT_NEGATIVE = 1,  /* has: false; a secret that is not there, or expired; none to hand on */
  EXIT_USAGE = 2,     /* arguments, options, limits, no keys given */
  EXIT_CONFLICT = 3,  /* a revision, or a secret that is there already */
  EXIT_KEYS = 4,      /* keys wrong or unavailable */
  EXIT_INTEGRITY = 5, /* something stored does not authenticate */
  EXIT_POLICY = 6,
  EXIT_STORAGE = 7, /* files, disks, locks, output */
  EXIT_OTHER = 8,
  EXIT_UNPROVABLE = 9, /* verify: no fault, but something could not be checked */
};

int exit_code_of(ss_status status);

/* Whether failures are printed as JSON (--json). Set once, before anything can fail. */
void failure_use_json(bool json);

/* Prints the error and gives its exit code. */
int fail_with(const ss_error *error);
int fail(ss_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A mistake in how the command was called. Always false, for parsers. */
bool fail_usage(const char *command_name, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
