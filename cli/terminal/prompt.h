/* Asking for a value on the terminal without showing it. */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include "terminal/bytes.h"

/* Asks twice; both must be the same. Gives an exit code. */
int prompt_for_value(secret_bytes *value);

#endif
