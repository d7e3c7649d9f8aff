/* An open store for the length of a command: path, keys, log and caller from the options. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "options.h"

typedef struct session {
  ss_store *store;
  ss_caller caller;
  char *context; /* JSON, owned; NULL: none */
  const char *namespace_name;
} session;

typedef enum session_mode { SESSION_EXISTING, SESSION_CREATES } session_mode;

/* EXIT_OK, or the exit code after printing what failed. */
int session_open(const arguments *args, session_mode mode, session *opened);
/* Which store the options name. */
int session_path(const arguments *args, const char **path);
void session_close(session *opened);

#endif
