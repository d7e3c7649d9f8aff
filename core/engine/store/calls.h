/* The calls that a thread is in. They nest: one public operation uses others, and a callback of the
 * host may make calls, on the same store or another. */
#ifndef ENGINE_STORE_CALLS_H
#define ENGINE_STORE_CALLS_H

#include <stddef.h>

#include "secretstore/secretstore.h"

/* A stay in the host's own code: in a callback, on the calling thread. */
typedef struct host_visit {
  ss_store *store; /* whose callback it is */
  size_t calls;    /* of that store, which stand still meanwhile */
} host_visit;

struct scratch;

/* A call of a public operation while it runs; or the background thread while it lives. */
typedef struct store_call {
  ss_store *store;
  ss_error *error;         /* where its failure is told: the caller's place, or its own */
  struct scratch *scratch; /* NULL: it needed none yet (store_call_scratch) */
  ss_operation operation;
  int64_t started_ns;
  int64_t asked_at_ns; /* when the host was last asked whether to go on; at first, the start */
  bool is_interrupted; /* the host said no */
  bool is_background;
  const host_visit *visit;  /* the callback that it is inside of; NULL: it works in the library */
  struct store_call *outer; /* the one, of whatever store, that this thread was in before */
  ss_error own_error;       /* for callers that gave no place */
} store_call;

void calls_add(store_call *call);
void calls_remove(const store_call *call);

/* Whether this thread is inside any call of the store, its callbacks included. */
bool calls_include(const ss_store *store);

/* The call that the host made, of those that work in the library; NULL if there is none. */
store_call *calls_current(const ss_store *store);

/* Marks the store's calls that work in the library as inside of the callback, and back. */
void calls_begin_visit(host_visit *visit);
void calls_end_visit(const host_visit *visit);

#endif
