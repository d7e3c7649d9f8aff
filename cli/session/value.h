/* The value that put stores: never one of the command line's words. */
#ifndef CLI_VALUE_H
#define CLI_VALUE_H

#include "terminal/bytes.h"

/* From a file, from standard input where that is - or not given, or from a prompt where standard
 * input is a terminal. Gives an exit code. */
int read_value(const char *file, bool trim_newline, secret_bytes *value);

#endif
