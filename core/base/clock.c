/* The present in milliseconds, and monotonic time. */
#include "base/clock.h"

#include <time.h>

static int64_t system_now_ms(void) {
  struct timespec now = {0};
  (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail with a valid clock id */
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_now_ms(const clock_source *clock) {
  const int64_t now = clock->callback == NULL ? system_now_ms() : clock->callback(clock->context);
  if (now < 0) return 0;
  return now > SS_MAX_INTEGER ? SS_MAX_INTEGER : now;
}

int64_t clock_monotonic_ns(void) {
  struct timespec now = {0};
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
