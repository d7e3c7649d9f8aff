/* Where the keys come from: a keys file, or the environment. */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include <stdbool.h>

#include "secretstore/secretstore.h"

/* Adds the keys of the file, or, if it is NULL, of SECRET_STORE_KEYS, which is wiped if it is the
 * last time that this call needs it. Gives an exit code. */
int keys_add(const char *keys_file, bool is_last_time, ss_options *options);
/* Adds the keys of the file. */
int keys_add_to_keyring(const char *keys_file, ss_keyring *keyring);

#endif
