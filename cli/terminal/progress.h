/* A progress bar for long operations: on a terminal's standard error, and nowhere else. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* An ss_progress_callback; context is unused. Goes on until a signal comes that is held
 * (interruption.h). */
bool progress_show(void *context, int64_t done, int64_t total);
/* Ends the bar's line, if one was begun. */
void progress_end(void);

#endif
