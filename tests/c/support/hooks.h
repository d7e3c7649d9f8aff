/* A store with something to do for every long call, whose callbacks all lead to one hook; and every
 * kind of call that runs the host's code, so that a test can do one thing inside each of them. */
#ifndef TESTS_SUPPORT_HOOKS_H
#define TESTS_SUPPORT_HOOKS_H

#include <stdatomic.h>

#include "support/support.h"

typedef enum hook_kind {
  HOOK_NONE,
  HOOK_LOG,
  HOOK_CLOCK,
  HOOK_PROGRESS,
  HOOK_WRITE,
  HOOK_REFUSAL,
  HOOK_INTERRUPT
} hook_kind;

typedef struct hooked_store {
  test_store base;
  /* The first callback of the kind that is armed runs the action, once. */
  atomic_int armed;
  void (*action)(struct hooked_store *self);
  atomic_int fired;
  atomic_int callbacks; /* of any kind but the clock and the log */
  atomic_bool answer;   /* of the interrupt callback, when nothing is armed for it */
  atomic_int asked;     /* how often that was called */
  atomic_int answer_at; /* the call of it that says true; 0: as answer has it */
  char *rows;           /* an export of the store */
  size_t rows_length;
  int64_t busy_timeout_ms;
  test_latch closed; /* opened when a store is closed for good */
  int opened;        /* how many were opened */
  void *context;     /* the test's own */
} hooked_store;

enum { HOOKED_SECRETS = 450, HOOKED_EXPIRED = 20 };

/* HOOKED_SECRETS in "n" and HOOKED_EXPIRED, long expired, in "old"; all under key 1 of keys 2
 * and 1. It is open, and its log is not empty. */
hooked_store *hooked_store_new(void);
/* New options as hooked_store_open uses them; free them. */
ss_options *hooked_store_options(hooked_store *self);
void hooked_store_open_with(hooked_store *self, const ss_options *options);
void hooked_store_open(hooked_store *self);
/* Until all that were opened are closed for good. */
void hooked_store_await_closed(hooked_store *self);
/* Frees the store too, unless a test did and set base.store to NULL. */
void hooked_store_remove(hooked_store *self);

void hook_arm(hooked_store *self, hook_kind kind, void (*action)(hooked_store *self));

/* Whether the store still has its files open. */
bool hooked_store_is_held(const hooked_store *self);

typedef struct hooked_call {
  const char *name;
  hook_kind kind; /* which callback of its this is about */
  ss_status (*run)(hooked_store *self, ss_error *error);
  ss_status when_closed; /* what it comes to if the store is closed inside that callback */
} hooked_call;

extern const hooked_call hooked_calls[];
extern const size_t hooked_call_count;
/* The one of that name and kind. */
const hooked_call *hooked_call_named(const char *name, hook_kind kind);

#endif
