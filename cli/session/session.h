/* An open store for the length of a command: path, keys, log and caller from the options. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "options/options.h"
#include "session/trial.h"

typedef struct session {
  ss_store *store;
  ss_caller caller;
  char *context; /* JSON, owned; NULL: none */
  const char *namespace_name;
  trial_store tried; /* the store is this one, of SESSION_TRIAL */
} session;

typedef enum session_mode {
  SESSION_EXISTING,    /* the store must be there */
  SESSION_BACKUP,      /* so must this one, a copy of one that the call opens afterwards */
  SESSION_LEAVES_ROWS, /* and this; the command goes on over damaged rows, which the log names */
  SESSION_CREATES,     /* it is made if there is none */
  SESSION_TRIAL        /* an empty one under the same keys and policy, which goes when closed */
} session_mode;

/* EXIT_OK, or the exit code after printing what failed. */
int session_open(const arguments *args, session_mode mode, session *opened);
/* Which store the options name: a place that one can be at. */
int session_path(const arguments *args, const char **path);
/* Whether there is no store yet: no file, or one of 0 bytes. Gives an exit code. */
int session_is_missing(const arguments *args, bool *missing);
void session_close(session *opened);

/* What is done with an open store. Gives an exit code. */
typedef int (*session_act)(session *opened, void *context);
/* Opens, acts, closes. */
int session_run(const arguments *args, session_mode mode, session_act act, void *context);

#endif
