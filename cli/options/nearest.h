/* Which of the names that are known somebody may have meant. */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include <stddef.h>

/* How far the name is from what was written: 0 if it begins with that, else how many letters differ
 * (Levenshtein), and at most NEAREST_TOO_FAR, which is no likeness. */
enum { NEAREST_TOO_FAR = 3 };
int nearest_distance(const char *written, size_t length, const char *name);

#endif
