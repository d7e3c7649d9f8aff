/* The present, through a seam that hosts and tests may replace. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "secretstore/secretstore.h"

typedef struct clock_source {
  ss_clock_callback callback; /* NULL: the system's real-time clock */
  void *context;
} clock_source;

/* Milliseconds since the Unix epoch, within 0 .. SS_MAX_INTEGER. */
int64_t clock_now_ms(const clock_source *clock);

/* Monotonic time, for waits and timings: never the host's, and not moved when the system's clock is
 * set. */
int64_t clock_monotonic_ns(void);

#endif
