/* The files that a call reads, which its output must never go over. */
#ifndef CLI_SPARED_H
#define CLI_SPARED_H

#include "options/options.h"
#include "session/place.h"

/* What of this call the file is, as in "its store"; NULL: nothing of it. source is a file that the
 * command reads besides those of its options; NULL: none. */
const char *spared_name(const arguments *args, const char *source, const place *file);

#endif
