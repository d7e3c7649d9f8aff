/* Pairs in plain text, for a shell or as JSON; .env files have dotenv.h. These give exit codes. */
#ifndef CLI_PLAIN_TEXT_H
#define CLI_PLAIN_TEXT_H

#include "transfer/pairs.h"

/* export NAME='value' lines for a POSIX shell. */
int shell_write(const pairs *written, secret_bytes *text);
/* One JSON object, and a newline. Values must be UTF-8. */
int json_write(const pairs *written, secret_bytes *text);

#endif
