/* How often each public operation was called through a store handle, and how long it took. */
#ifndef ENGINE_STORE_COUNTERS_H
#define ENGINE_STORE_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

#include "secretstore/secretstore.h"

/* Written by every call, without a lock. */
typedef struct call_counter {
  _Atomic int64_t calls;
  _Atomic int64_t failures;
  _Atomic int64_t total_ns;
  _Atomic int64_t longest_ns;
  char apart[32]; /* from the next one's cache line: gets on one core do not slow puts on another */
} call_counter;

void counter_add(call_counter *counter, ss_status status, int64_t elapsed_ns);
void counter_read(call_counter *counter, ss_operation_stats *stats);

#endif
