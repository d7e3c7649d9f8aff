/* Pairs as text: .env files, shell commands, a JSON object. */
#ifndef CLI_DOTENV_H
#define CLI_DOTENV_H

#include "pairs.h"

/* Reads a .env file: NAME=value, export NAME=value, # comments; values bare, in single quotes (as
 * they stand, over several lines too), or in double quotes (with \n, \r, \t, \", \\, \$). Nothing
 * is expanded. what names the file in messages, which quote no value. Gives an exit code. */
int dotenv_parse(const secret_bytes *text, const char *what, pairs *parsed);

/* Appends the pairs in a form that the parser above reads back. */
int dotenv_write(const pairs *written, secret_bytes *text);
/* export NAME='value' lines for a POSIX shell. */
int shell_write(const pairs *written, secret_bytes *text);
/* One JSON object, and a newline. Values must be UTF-8. */
int json_write(const pairs *written, secret_bytes *text);

#endif
