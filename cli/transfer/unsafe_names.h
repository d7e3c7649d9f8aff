/* Environment variables that a loader, a shell or an interpreter obeys by itself: whoever may name
 * a secret so decides what code runs in a process that gets it. */
#ifndef CLI_UNSAFE_NAMES_H
#define CLI_UNSAFE_NAMES_H

#include <stdbool.h>

bool is_unsafe_name(const char *name);

#endif
