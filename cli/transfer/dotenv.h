/* .env files. No two readers of them agree on everything: what python-dotenv, node's util.parseEnv
 * and npm's dotenv read alike is read so, and anything else refused; what they, and bash, would not
 * all read back as the same bytes is not written. */
#ifndef CLI_DOTENV_H
#define CLI_DOTENV_H

#include "transfer/pairs.h"

/* Reads NAME=value lines, export before the name or not, and # comments. Values are bare, in single
 * quotes (as they stand), or in double quotes (with \n); quoted ones may go over several lines.
 * Nothing is expanded. A file without any such line is refused: the program that wrote it failed.
 * what names the file in messages, which quote no value. Gives an exit code. */
int dotenv_parse(const secret_bytes *text, const char *what, pairs *parsed);

/* Appends a line for each pair. Refuses a value by its name and the reason; nothing of it is to be
 * used then. Gives an exit code. */
int dotenv_write(const pairs *written, secret_bytes *text);

#endif
