/* Tells whether the process has forked since the guard was made, at the cost of one memory read:
 * the kernel zeroes the guard's page in the child (MADV_WIPEONFORK, Linux 4.14). Where that is
 * missing, process ids are compared. No global state and no pthread_atfork handlers. */
#ifndef BASE_FORK_GUARD_H
#define BASE_FORK_GUARD_H

#include <stdbool.h>
#include <sys/types.h>

typedef struct fork_guard {
  volatile unsigned char *page; /* NULL: compare process ids */
  pid_t process;
} fork_guard;

/* Never fails: without a page of its own it falls back to process ids. */
void fork_guard_init(fork_guard *guard);
bool fork_guard_has_forked(const fork_guard *guard);
/* In the child, once it has dealt with the fork. */
void fork_guard_acknowledge(fork_guard *guard);
void fork_guard_clear(fork_guard *guard);

#endif
