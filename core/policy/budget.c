/* Counting and looking. */
#include "policy/budget.h"

#include <time.h>

enum { NS_PER_MS = 1000000, UNTIMED_NS = NS_PER_MS / 2 };
#define NS_PER_SECOND INT64_C(1000000000)

static int64_t read_clock(clockid_t clock) {
  struct timespec now = {0};
  (void)clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

void budget_begin(budget *self, int64_t steps, int64_t deadline_ms) {
  *self = (budget){.steps_left = steps, .time_ns = deadline_ms * NS_PER_MS};
}

/* The thread's own clock takes a system call: it is read when the monotonic one says that enough
 * may have passed, and begins to count a little late, so that most runs never read it. */
static bool is_time_over(budget *self) {
  const int64_t now = read_clock(CLOCK_MONOTONIC);
  if (self->look_again_ns == 0) self->look_again_ns = now + UNTIMED_NS;
  if (now < self->look_again_ns) return false;
  const int64_t used = read_clock(CLOCK_THREAD_CPUTIME_ID);
  if (!self->is_timed) {
    self->is_timed = true;
    self->began_ns = used;
  }
  const int64_t left = self->time_ns - (used - self->began_ns);
  self->look_again_ns = now + left;
  return left <= 0;
}

bool budget_look(budget *self) {
  self->steps_left -= self->steps_unlooked;
  self->steps_unlooked = 0;
  if (self->exhausted != NULL) return false;
  if (self->steps_left <= 0) {
    self->exhausted = "it took more instructions than its budget";
  } else if (is_time_over(self)) {
    self->exhausted = "it took more time than its budget";
  }
  return self->exhausted == NULL;
}
