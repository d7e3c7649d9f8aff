/* A policy's text, read from a file. */
#ifndef CLI_POLICY_FILE_H
#define CLI_POLICY_FILE_H

#include "secretstore/secretstore.h"
#include "terminal/bytes.h"

typedef struct policy_file {
  secret_bytes text;
  ss_policy_source source; /* its name is the file's last part */
} policy_file;

/* option names it in messages. Gives an exit code; clear in any case. */
int policy_file_read(const char *option, const char *path, policy_file *file);
void policy_file_clear(policy_file *file);

#endif
