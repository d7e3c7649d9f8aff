/* What one run of a policy may take: steps and time.
 *
 * A step is an instruction of Lua, or as much work of a C function as takes about as long. Whoever
 * works for a policy takes steps before or while working: the hook that counts instructions, the
 * allocator, every library function. Each STEPS_PER_LOOK the clock is looked at.
 *
 * Time is the thread's CPU time. A wall clock would fail honest policies on a busy machine, where a
 * thread can wait longer for its turn than a policy may run. As CPU time cannot pass faster than
 * the monotonic clock, that one, which costs no system call, is asked first. */
#ifndef POLICY_BUDGET_H
#define POLICY_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STEPS_PER_LOOK = 200, BYTES_PER_STEP = 16 };

typedef struct budget {
  int64_t steps_left;
  int64_t steps_unlooked; /* taken since the last look */
  int64_t time_ns;
  bool is_timed;         /* began_ns is set */
  int64_t began_ns;      /* on the thread's clock */
  int64_t look_again_ns; /* on the monotonic clock: not before then; 0: there was no look yet */
  const char *exhausted; /* which of the two is; NULL: none */
} budget;

void budget_begin(budget *self, int64_t steps, int64_t deadline_ms);

/* Looks at what was taken and at the clock; whether something is left. */
bool budget_look(budget *self);

/* Takes steps; whether something is left. */
static inline bool budget_take(budget *self, int64_t steps) {
  self->steps_unlooked += steps;
  if (self->steps_unlooked >= STEPS_PER_LOOK) return budget_look(self);
  return self->exhausted == NULL;
}

/* The steps that touching so many bytes takes. */
static inline int64_t steps_for_bytes(size_t bytes) { return (int64_t)(bytes / BYTES_PER_STEP); }

#endif
